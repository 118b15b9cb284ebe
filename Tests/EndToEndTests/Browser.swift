import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A real browser, headless Chromium, driven by the W3C's WebDriver protocol (https://www.w3.org/TR/webdriver2/) through `chromedriver`.
final class Browser {
    private let driver = Process()
    private let port: UInt16
    private var session = ""

    init() throws {
        let program = try #require(
            ["/usr/bin/chromedriver", "/usr/local/bin/chromedriver"].first {
                FileManager.default.isExecutableFile(atPath: $0)
            },
            "scripts/setup installs chromium-driver")
        port = try Self.freePort()
        driver.executableURL = URL(fileURLWithPath: program)
        driver.arguments = ["--port=\(port)"]
        driver.standardOutput = FileHandle.nullDevice
        driver.standardError = FileHandle.nullDevice
        try driver.run()
        try eventually("chromedriver answers") { (try? call("GET", "/status")) != nil }
        let options: [String: Any] = [
            "goog:chromeOptions": [
                "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900"]
            ],
            "goog:loggingPrefs": ["browser": "ALL"],
        ]
        let made = try call("POST", "/session", ["capabilities": ["alwaysMatch": options]]) as? [String: Any]
        session = try #require(made?["sessionId"] as? String)
    }

    deinit {
        if !session.isEmpty { _ = try? call("DELETE", "/session/\(session)") }
        // It takes the browser along, and would wait for it at SIGTERM.
        if driver.isRunning { kill(driver.processIdentifier, SIGKILL) }
    }

    func open(_ address: String) throws { _ = try call("POST", "/session/\(session)/url", ["url": address]) }

    /// What a script returns in the page.
    @discardableResult
    func run(_ script: String, _ arguments: [Any] = []) throws -> Any? {
        try call("POST", "/session/\(session)/execute/sync", ["script": script, "args": arguments])
    }

    /// The text that the page's main part shows.
    func text() throws -> String { try run("return document.querySelector('main').innerText") as? String ?? "" }

    /// Keys for the element that has the focus, such as `\u{E014}` for the right arrow.
    func press(_ key: String) throws {
        let actions = [["type": "keyDown", "value": key], ["type": "keyUp", "value": key]]
        _ = try call(
            "POST", "/session/\(session)/actions", ["actions": [["type": "key", "id": "keys", "actions": actions]]])
    }

    /// What the page complained of since the last call.
    func complaints() throws -> [String] {
        let entries = try call("POST", "/session/\(session)/se/log", ["type": "browser"]) as? [[String: Any]] ?? []
        return entries.filter { $0["level"] as? String == "SEVERE" }.compactMap { $0["message"] as? String }
    }

    private func call(_ method: String, _ path: String, _ body: [String: Any]? = nil) throws -> Any? {
        // Not by URLSession: Foundation's reader wants a blank after the colon of a header, and the driver leaves it out.
        let curl = Process()
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        curl.arguments = ["-s", "-m", "60", "-X", method, "--data-binary", "@-", "http://127.0.0.1:\(port)\(path)"]
        let (input, output) = (Pipe(), Pipe())
        curl.standardInput = input
        curl.standardOutput = output
        try curl.run()
        if method == "POST" {
            try input.fileHandleForWriting.write(contentsOf: JSONSerialization.data(withJSONObject: body ?? [:]))
        }
        try input.fileHandleForWriting.close()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        curl.waitUntilExit()
        let value = (try JSONSerialization.jsonObject(with: answer) as? [String: Any])?["value"]
        if let fault = value as? [String: Any], let error = fault["error"] {
            throw Unexpected("\(method) \(path): \(error), \(fault["message"] ?? "")")
        }
        return value
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(bound)
        return UInt16(bigEndian: address.sin_port)
    }
}

/// HTTP without a loop of its own: a call returns when the answer is there.
enum HTTP {
    struct Answer {
        let status: Int
        let body: Data
        let headers: [AnyHashable: Any]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    static func fetch(_ request: URLRequest) throws -> Answer {
        nonisolated(unsafe) var result: Swift.Result<Answer, any Error>?
        let done = DispatchSemaphore(value: 0)
        let task = URLSession.shared.dataTask(with: request) { data, response, error in
            let response = response as? HTTPURLResponse
            result =
                error.map { .failure($0) }
                ?? .success(
                    Answer(
                        status: response?.statusCode ?? 0, body: data ?? Data(),
                        headers: response?.allHeaderFields ?? [:]))
            done.signal()
        }
        task.resume()
        done.wait()
        return try result!.get()
    }

    static func get(_ address: String, headers: [String: String] = [:]) throws -> Answer {
        var request = URLRequest(url: URL(string: address)!, timeoutInterval: 20)
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        return try fetch(request)
    }
}
