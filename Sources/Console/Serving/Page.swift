import CConsolePage
import Foundation
import Hummingbird

/// The page's files, which are part of the program: nothing is fetched from elsewhere, and nothing has to be installed beside it.
struct Page {
    struct File {
        let bytes: ByteBuffer
        let type: String
    }

    private let files: [String: File]

    init() {
        var files: [String: File] = [:]
        for number in 0..<console_file_count {
            let file = console_file_at(number)
            let name = String(cString: file.name)
            files[name] = File(
                bytes: ByteBuffer(bytes: UnsafeBufferPointer(start: file.bytes, count: file.size)),
                type: Self.type(of: name))
        }
        self.files = files
    }

    subscript(name: String) -> File? { files[name] }

    private static func type(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        default: "text/javascript; charset=utf-8"
        }
    }
}
