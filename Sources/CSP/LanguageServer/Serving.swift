#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension LanguageServer {
    /// Serves one client over a pair of pipes, until it says `exit` or closes its end.
    ///
    /// Changes that follow each other closely are taken together: faults are published when no message is waiting.
    ///
    /// - Returns: the exit code for the process: 0 after an orderly shutdown, 1 without one, 2 after a stream that is no
    ///   stream of messages.
    public static func serve(input: Int32 = 0, output: Int32 = 1) -> Int32 {
        // A client that went away is an error of `write`, and no reason to be killed.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var server = LanguageServer()
        var stream = MessageStream()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(input, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return 1 }
            stream.append(chunk[0..<count])
            do throws(MessageStream.Fault) {
                while let message = try stream.next() {
                    guard write(server.handle(message), to: output) else { return 1 }
                    if let code = server.exitCode { return code }
                }
            } catch {
                let fault: JSONValue = [
                    "jsonrpc": "2.0", "id": .null, "error": ["code": -32700, "message": .string(error.description)],
                ]
                _ = write([fault], to: output)
                return 2
            }
            if !isReadable(input), !write(server.publish(), to: output) { return 1 }
        }
    }

    private static func isReadable(_ descriptor: Int32) -> Bool {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, 0) > 0
    }

    private static func write(_ messages: [JSONValue], to descriptor: Int32) -> Bool {
        let bytes = messages.flatMap { MessageStream.frame($0) }
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { Self.send(descriptor, $0.baseAddress! + offset, bytes.count - offset) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }

    /// `write` of the C library, whose name is taken here.
    private static func send(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes, count)
        #else
            Darwin.write(descriptor, bytes, count)
        #endif
    }
}
