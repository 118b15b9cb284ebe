import Foundation
import Testing

@testable import CSP

/// A client of the language server, at the other ends of two pipes.
private final class Client {
    private let toServer: Int32
    private let fromServer: Int32
    private var stream = MessageStream()
    private var nextID = 1
    private(set) var notifications: [JSONValue] = []
    private let server: Thread
    private let ended = DispatchSemaphore(value: 0)

    init() throws {
        var (input, output) = ([Int32](repeating: 0, count: 2), [Int32](repeating: 0, count: 2))
        try #require(pipe(&input) == 0 && pipe(&output) == 0)
        (toServer, fromServer) = (input[1], output[0])
        let (read, write, ended, box) = (input[0], output[1], ended, box)
        server = Thread {
            box.code = LanguageServer.serve(input: read, output: write)
            close(read)
            close(write)
            ended.signal()
        }
        server.start()
    }

    private final class Box: @unchecked Sendable { var code: Int32 = -1 }
    private let box = Box()

    deinit {
        close(toServer)
        close(fromServer)
    }

    func send(bytes: [UInt8]) { bytes.withUnsafeBytes { _ = write(toServer, $0.baseAddress!, $0.count) } }

    func notify(_ method: String, _ parameters: JSONValue) {
        send(bytes: MessageStream.frame(["jsonrpc": "2.0", "method": .string(method), "params": parameters]))
    }

    /// The answer to a request; what else comes before it is kept.
    func request(_ method: String, _ parameters: JSONValue = .null) throws -> JSONValue {
        let id = nextID
        nextID += 1
        send(
            bytes: MessageStream.frame([
                "jsonrpc": "2.0", "id": JSONValue(id), "method": .string(method), "params": parameters,
            ]))
        while true {
            let message = try receive()
            if message["id"]?.integer == id { return message }
            notifications.append(message)
        }
    }

    func receive() throws -> JSONValue {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            if let body = try stream.next() { return try JSONValue(parsing: body) }
            var poller = pollfd(fd: fromServer, events: Int16(POLLIN), revents: 0)
            try #require(poll(&poller, 1, 60_000) > 0, "the server says nothing")
            let count = read(fromServer, &chunk, chunk.count)
            try #require(count > 0, "the server hung up")
            stream.append(chunk[0..<count])
        }
    }

    /// The faults that are published next for a file.
    func faults(of address: String) throws -> [JSONValue] {
        while true {
            let message = notifications.isEmpty ? try receive() : notifications.removeFirst()
            if message["params"]?["uri"]?.text == address { return message["params"]!["diagnostics"]!.elements }
        }
    }

    func exitCode() -> Int32 {
        #expect(ended.wait(timeout: .now() + 60) == .success)
        return box.code
    }

    func open(_ address: String, _ text: String, version: Int = 1) {
        notify(
            "textDocument/didOpen",
            [
                "textDocument": [
                    "uri": .string(address), "languageId": "cspm", "version": JSONValue(version), "text": .string(text),
                ]
            ])
    }

    func change(_ address: String, _ text: String, version: Int) {
        notify(
            "textDocument/didChange",
            [
                "textDocument": ["uri": .string(address), "version": JSONValue(version)],
                "contentChanges": [["text": .string(text)]],
            ])
    }

    func at(_ method: String, _ address: String, _ line: Int, _ character: Int) throws -> JSONValue {
        try request(
            "textDocument/\(method)",
            [
                "textDocument": ["uri": .string(address)],
                "position": ["line": JSONValue(line), "character": JSONValue(character)],
            ])[
                "result"] ?? .null
    }
}

@Suite struct LanguageServerTests {
    private let address = "file:///specs/pool.csp"
    private let text = """
        datatype Name = Ann | Bob.{0..1}
        channel take, give : Name
        -- τ
        POOL(n) = n > 0 & take?x -> POOL(n - 1)
        POOL(_) = STOP
        assert POOL(2) :[deadlock free [F]]

        """

    private func started() throws -> Client {
        let client = try Client()
        let answer = try client.request("initialize", ["processId": .null, "rootUri": .null, "capabilities": [:]])
        #expect(answer["result"]?["capabilities"]?["hoverProvider"] == true)
        client.notify("initialized", [:])
        return client
    }

    @Test func faultsComeWhileTyping() throws {
        let client = try started()
        client.open(address, text)
        #expect(try client.faults(of: address) == [])
        client.change(address, text + "P = tak.Ann -> (STOP\nQ = 1 == 2\n", version: 2)
        let parse = try client.faults(of: address)
        #expect(parse.map { $0["code"]?.text } == ["parse"])
        #expect(parse[0]["range"]?["start"]?["line"]?.integer == 6)
        client.change(address, text + "P = tak.Ann -> STOP\n", version: 3)
        let name = try client.faults(of: address)
        #expect(name.map { $0["code"]?.text } == ["name"])
        #expect(name[0]["message"]?.text?.contains("did you mean `take`?") == true)
        client.change(address, text + "P = take.1 -> STOP\n", version: 4)
        #expect(try client.faults(of: address).map { $0["code"]?.text } == ["type"])
        client.change(address, text, version: 5)
        #expect(try client.faults(of: address) == [])
        #expect(try client.request("shutdown")["result"] == .null)
        client.notify("exit", .null)
        #expect(client.exitCode() == 0)
    }

    @Test func hoverDefinitionAndUses() throws {
        let client = try started()
        client.open(address, text)
        let hover = try client.at("hover", address, 3, 19)
        #expect(hover["contents"]?["value"]?.text?.contains("take :: Name => Event") == true)
        #expect(hover["contents"]?["value"]?.text?.contains("channel, line 2 of pool.csp") == true)
        #expect(
            try client.at("hover", address, 3, 28)["contents"]?["value"]?.text?.contains("POOL :: (Int) -> Proc")
                == true)
        #expect(try client.at("hover", address, 2, 3) == .null)
        let definition = try client.at("definition", address, 3, 29)
        #expect(definition["uri"]?.text == address)
        #expect(definition["range"]?["start"] == ["line": 3, "character": 0])
        #expect(try client.at("definition", address, 3, 34)["range"]?["start"] == ["line": 3, "character": 5])
        let uses = try client.at("references", address, 3, 1).elements
        #expect(uses.map { $0["range"]?["start"]?["line"]?.integer } == [3, 4, 5])
        client.notify("exit", .null)
        #expect(client.exitCode() == 1)
    }

    @Test func outlineAndLayout() throws {
        let client = try started()
        client.open(address, "module M(n)\nexports\nchannel  c\nendmodule\ninstance I = M(1)\n" + text)
        let document: JSONValue = ["textDocument": ["uri": .string(address)], "options": ["tabSize": 2]]
        let symbols = try client.request("textDocument/documentSymbol", document)["result"]?.elements ?? []
        #expect(
            symbols.compactMap { $0["name"]?.text } == [
                "M", "I", "Name", "take", "give", "POOL", "assert POOL(2) :[deadlock free [F]]",
            ])
        #expect(symbols[0]["children"]?.elements.compactMap { $0["name"]?.text } == ["c"])
        #expect(symbols[2]["children"]?.elements.compactMap { $0["name"]?.text } == ["Ann", "Bob"])
        let edits = try client.request("textDocument/formatting", document)["result"]?.elements ?? []
        #expect(edits.count == 1)
        #expect(edits.first?["newText"]?.text?.contains("channel c\n") == true)
        client.open(address, "x = (")
        #expect(
            try client.request("textDocument/formatting", document)["error"]?["message"]?.text?.contains("not laid out")
                == true)
    }

    /// What an open file includes is taken from the editor; a file that is included means what it means there.
    @Test func includesOfOpenFiles() throws {
        let client = try started()
        let (main, part) = ("file:///specs/main.csp", "file:///specs/a%20part.csp")
        client.open(part, "P = c -> Q\n")
        #expect(try client.faults(of: part).count == 2)
        client.open(main, "include \"a part.csp\"\nchannel c\nQ = STOP\n")
        #expect(try client.faults(of: part) == [])
        #expect(try client.at("definition", part, 0, 9)["uri"]?.text == main)
        #expect(try client.at("definition", main, 0, 12)["uri"]?.text == part)
        client.change(part, "P = c -> Q(1)\n", version: 2)
        #expect(try client.faults(of: part).count == 1)
        client.notify("textDocument/didClose", ["textDocument": ["uri": .string(main)]])
        client.change(part, "R = c -> STOP\n", version: 3)
        #expect(try client.faults(of: part).first?["message"]?.text?.contains("`c` is not in scope") == true)
    }

    @Test func whatIsNoRequestGetsAnError() throws {
        let client = try Client()
        #expect(try client.request("textDocument/hover")["error"]?["code"]?.integer == -32002)
        _ = try client.request("initialize")
        #expect(try client.request("workspace/fly")["error"]?["code"]?.integer == -32601)
        #expect(
            try client.request("textDocument/hover", ["textDocument": ["uri": "file:///none"]])["error"]?["code"]?
                .integer == -32602)
        client.send(bytes: Array("Content-Length: 5\r\n\r\n{\"a\":".utf8))
        #expect(try client.receive()["error"]?["code"]?.integer == -32700)
        client.send(bytes: Array("Content-Length: 2\r\n\r\n[]".utf8))
        #expect(try client.receive()["error"]?["code"]?.integer == -32600)
        client.send(bytes: Array("Content-Length: many\r\n\r\n".utf8))
        #expect(try client.receive()["error"]?["message"]?.text?.contains("Content-Length") == true)
        #expect(client.exitCode() == 2)
    }

    @Test func placesCountUTF16() throws {
        let client = try started()
        client.open(address, "x = \"😀é\" ^ y\ny = \"\"\n")
        #expect(try client.at("definition", address, 0, 12)["range"]?["start"] == ["line": 1, "character": 0])
    }
}

@Suite struct JSONValueTests {
    @Test(arguments: [
        "null", "true", "[]", "{}", "[1,-2.5,\"a\\\"b\\\\\\n\\u0001é😀\",{\"k\":[null,false]}]", "\"\"", "12345678901",
    ]) func valuesAreReadAndWritten(text: String) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)).description == text)
    }

    @Test func escapesAreRead() throws {
        #expect(try JSONValue(parsing: Array("\"\\ud83d\\ude00\\u00e9\\/\\b\"".utf8)) == .string("😀é/\u{8}"))
        #expect(try JSONValue(parsing: Array("\"\\ud83d\"".utf8)) == .string("\u{FFFD}"))
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "\"", "tru", "1 2", "\"\\u12\"", "nan",
    ])
    func otherTextIsRefused(text: String) {
        #expect(throws: JSONFault.self) { try JSONValue(parsing: Array(text.utf8)) }
    }

    @Test func deepValuesAreRefused() {
        #expect(throws: JSONFault.self) { try JSONValue(parsing: [UInt8](repeating: UInt8(ascii: "["), count: 10_000)) }
    }
}
