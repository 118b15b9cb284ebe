/// A server of the Language Server Protocol, version 3.17, for CSPm: faults while typing, types on hover, definitions, uses,
/// the outline, and layout.
///
/// The server itself does no input or output: a message goes in, messages come out. `serve` ties it to a pair of pipes.
public struct LanguageServer {
    private struct Document {
        var path: String
        var version: JSONValue
        var file: SourceFile
        var isDirty = true
        var analysis: Analysis?
    }

    /// By the address that the client gave.
    private var documents: [String: Document] = [:]
    /// For each script, the addresses of the files whose faults were published for it.
    private var published: [String: Set<String>] = [:]
    private var isInitialized = false
    private var isShutDown = false
    /// Set when the client has said `exit`: 0 after `shutdown`, 1 without.
    public private(set) var exitCode: Int32?

    public init() {}

    // MARK: Messages

    private enum Code: Int {
        case parse = -32700, invalidRequest = -32600, methodNotFound = -32601, invalidParameters = -32602
        case notInitialized = -32002, requestFailed = -32803
    }

    private struct RequestFault: Error {
        var code: Code
        var message: String
    }

    /// Answers the bytes of one message, which may be anything.
    public mutating func handle(_ bytes: some Collection<UInt8>) -> [JSONValue] {
        do throws(JSONFault) {
            return handle(try JSONValue(parsing: bytes))
        } catch {
            return [failure(.null, RequestFault(code: .parse, message: error.description))]
        }
    }

    /// Answers one message. What it says about faults in scripts comes with `publish`.
    public mutating func handle(_ message: JSONValue) -> [JSONValue] {
        guard let method = message["method"]?.text else {
            // An answer to a request of ours; there are none. Anything else is no message.
            if message["result"] != nil || message["error"] != nil { return [] }
            return [
                failure(message["id"] ?? .null, RequestFault(code: .invalidRequest, message: "a message has a method"))
            ]
        }
        let parameters = message["params"] ?? .null
        guard let id = message["id"] else {
            notify(method, parameters)
            return []
        }
        do throws(RequestFault) {
            return [["jsonrpc": "2.0", "id": id, "result": try answer(method, parameters)]]
        } catch {
            return [failure(id, error)]
        }
    }

    private func failure(_ id: JSONValue, _ fault: RequestFault) -> JSONValue {
        [
            "jsonrpc": "2.0", "id": id,
            "error": ["code": JSONValue(fault.code.rawValue), "message": .string(fault.message)],
        ]
    }

    private mutating func notify(_ method: String, _ parameters: JSONValue) {
        let document = parameters["textDocument"]
        let address = document?["uri"]?.text ?? ""
        switch method {
        case "exit": exitCode = isShutDown ? 0 : 1
        case "textDocument/didOpen":
            open(address, document?["text"]?.text ?? "", document?["version"] ?? .null)
        case "textDocument/didChange":
            guard let text = parameters["contentChanges"]?.elements.last?["text"]?.text, documents[address] != nil
            else { return }
            open(address, text, document?["version"] ?? .null)
        case "textDocument/didClose":
            documents[address] = nil
            // What it included stands alone now, and what includes it finds the file on disk.
            for other in documents.keys { documents[other]!.isDirty = true }
        default: break
        }
    }

    private mutating func answer(_ method: String, _ parameters: JSONValue) throws(RequestFault) -> JSONValue {
        if method == "initialize" {
            isInitialized = true
            return capabilities
        }
        guard isInitialized else {
            throw RequestFault(code: .notInitialized, message: "the first request is `initialize`")
        }
        guard !isShutDown else { throw RequestFault(code: .invalidRequest, message: "the server is shut down") }
        switch method {
        case "shutdown":
            isShutDown = true
            return .null
        case "textDocument/hover": return try hover(parameters)
        case "textDocument/definition": return try definition(parameters)
        case "textDocument/references": return try references(parameters)
        case "textDocument/documentSymbol":
            let (analysis, file) = try analysis(parameters)
            return DocumentSymbols.symbols(of: analysis.tree, file: file)
        case "textDocument/formatting": return try formatting(parameters)
        default: throw RequestFault(code: .methodNotFound, message: "`\(method)` is not supported")
        }
    }

    private var capabilities: JSONValue {
        [
            "capabilities": [
                "positionEncoding": "utf-16", "textDocumentSync": ["openClose": true, "change": 1],
                "hoverProvider": true,
                "definitionProvider": true, "referencesProvider": true, "documentSymbolProvider": true,
                "documentFormattingProvider": true,
            ], "serverInfo": ["name": "banquet"],
        ]
    }

    // MARK: Documents

    private mutating func open(_ address: String, _ text: String, _ version: JSONValue) {
        let path = FileAddress.path(of: address) ?? address
        let analysis = documents[address]?.analysis
        documents[address] = Document(
            path: path, version: version, file: SourceFile(path: path, text: text), analysis: analysis)
        markDependents(of: path)
    }

    /// Scripts that include a file are to be read again.
    private mutating func markDependents(of path: String) {
        for (address, document) in documents where includes(document, path) { documents[address]!.isDirty = true }
    }

    private func includes(_ document: Document, _ path: String) -> Bool {
        document.analysis?.tree.sources.files.dropFirst().contains {
            SourceFile.realPath($0.path) == SourceFile.realPath(path)
        }
            ?? false
    }

    private mutating func analysed(_ address: String) -> Analysis? {
        guard let document = documents[address] else { return nil }
        if let analysis = document.analysis, !document.isDirty { return analysis }
        let open = Dictionary(
            documents.values.map { (SourceFile.realPath($0.path), $0.file) }, uniquingKeysWith: { first, _ in first })
        let analysis = Analysis(path: document.path) { path throws(SourceReadError) in
            if let file = open[SourceFile.realPath(path)] { return SourceFile(path: path, bytes: file.bytes) }
            return try SourceFile.read(path: path)
        }
        documents[address]!.analysis = analysis
        documents[address]!.isDirty = false
        return analysis
    }

    private mutating func analysis(_ parameters: JSONValue) throws(RequestFault) -> (analysis: Analysis, file: Int32) {
        guard let address = parameters["textDocument"]?["uri"]?.text else {
            throw RequestFault(code: .invalidParameters, message: "a text document is missing")
        }
        guard let document = documents[address] else {
            throw RequestFault(code: .invalidParameters, message: "\(address) is not open")
        }
        // A file that another open one includes means what it means there.
        for other in documents.keys.sorted() where other != address {
            if includes(documents[other]!, document.path), let analysis = analysed(other),
                let index = analysis.tree.sources.files.firstIndex(where: {
                    SourceFile.realPath($0.path) == SourceFile.realPath(document.path)
                })
            {
                return (analysis, Int32(index))
            }
        }
        guard let analysis = analysed(address), let file = analysis.fileIndex(of: document.path) else {
            throw RequestFault(code: .requestFailed, message: "\(address) cannot be read")
        }
        return (analysis, file)
    }

    // MARK: Faults

    /// What is to be told about the faults of all scripts that changed since the last time.
    public mutating func publish() -> [JSONValue] {
        var messages: [JSONValue] = []
        for address in published.keys.sorted() where documents[address] == nil {
            let told = published.removeValue(forKey: address) ?? []
            // What is open is told anew below.
            messages += told.filter { documents[$0] == nil }.sorted().map { publication($0, nil, []) }
        }
        for address in documents.keys.sorted() {
            guard let document = documents[address], document.isDirty || published[address] == nil else { continue }
            // Not alone, if an open script includes it.
            if documents.contains(where: { $0.key != address && includes($0.value, document.path) }) {
                documents[address]!.isDirty = false
                documents[address]!.analysis = nil
                published[address] = []
                continue
            }
            guard let analysis = analysed(address) else { continue }
            let byPath = Dictionary(grouping: analysis.diagnostics, by: \.path)
            var mentioned: Set<String> = []
            for path in Set(analysis.tree.sources.files.map(\.path)).union(byPath.keys).sorted() {
                let other = path == document.path ? address : self.address(of: path)
                let faults = byPath[path] ?? []
                // Of files that are not open, only the faulty ones are worth a message.
                guard !faults.isEmpty || documents[other] != nil else { continue }
                mentioned.insert(other)
                messages.append(publication(other, documents[other]?.version, faults.map { diagnostic($0, analysis) }))
            }
            for old in (published[address] ?? []).subtracting(mentioned).sorted() {
                messages.append(publication(old, nil, []))
            }
            published[address] = mentioned
        }
        return messages
    }

    private func address(of path: String) -> String {
        let real = SourceFile.realPath(path)
        let open = documents.first { SourceFile.realPath($0.value.path) == real }
        return open?.key ?? FileAddress.address(of: real)
    }

    private func publication(_ address: String, _ version: JSONValue?, _ faults: [JSONValue]) -> JSONValue {
        var parameters: [String: JSONValue] = ["uri": .string(address), "diagnostics": .array(faults)]
        if let version, version != .null { parameters["version"] = version }
        return ["jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": .object(parameters)]
    }

    private func diagnostic(_ fault: Diagnostic, _ analysis: Analysis) -> JSONValue {
        let file = analysis.tree.sources.file(of: fault.range)
        let notes = fault.notes.filter { $0.excerpt == nil }.map { "\nnote: \($0.message)" }.joined()
        var members: [String: JSONValue] = [
            "range": file?.range(fault.range) ?? [
                "start": ["line": 0, "character": 0], "end": ["line": 0, "character": 0],
            ],
            "severity": fault.severity == .error ? 1 : 2, "source": "banquet", "code": .string(fault.phase.rawValue),
            "message": .string(fault.message + notes),
        ]
        let related: [JSONValue] = fault.notes.compactMap { note in
            guard let place = note.excerpt?.location else { return nil }
            let start: JSONValue = ["line": JSONValue(place.line - 1), "character": JSONValue(place.column - 1)]
            return [
                "location": ["uri": .string(address(of: place.path)), "range": ["start": start, "end": start]],
                "message": .string(note.message),
            ]
        }
        if !related.isEmpty { members["relatedInformation"] = .array(related) }
        return .object(members)
    }

    // MARK: Requests

    private mutating func place(
        _ parameters: JSONValue
    ) throws(RequestFault) -> (analysis: Analysis, file: Int32, offset: Int) {
        let (analysis, file) = try analysis(parameters)
        guard let offset = analysis.tree.sources.files[Int(file)].offset(ofPosition: parameters["position"]) else {
            throw RequestFault(code: .invalidParameters, message: "there is no such position")
        }
        return (analysis, file, offset)
    }

    private mutating func hover(_ parameters: JSONValue) throws(RequestFault) -> JSONValue {
        let (analysis, file, offset) = try place(parameters)
        guard let name = analysis.name(at: offset, in: file), let text = analysis.hover(name) else { return .null }
        return [
            "contents": ["kind": "markdown", "value": .string(text)],
            "range": analysis.tree.sources.files[Int(file)].range(name.range),
        ]
    }

    private mutating func definition(_ parameters: JSONValue) throws(RequestFault) -> JSONValue {
        let (analysis, file, offset) = try place(parameters)
        if let included = analysis.includedFile(at: offset, in: file) {
            let start: JSONValue = ["line": 0, "character": 0]
            return ["uri": .string(address(of: included.path)), "range": ["start": start, "end": start]]
        }
        guard let symbol = analysis.name(at: offset, in: file)?.symbol else { return .null }
        return location(symbol.range, analysis) ?? .null
    }

    private mutating func references(_ parameters: JSONValue) throws(RequestFault) -> JSONValue {
        let (analysis, file, offset) = try place(parameters)
        guard let symbol = analysis.name(at: offset, in: file)?.symbol else { return [] }
        let withDeclaration = parameters["context"]?["includeDeclaration"] == .boolean(true)
        var seen: Set<SourceRange> = []
        let uses = analysis.names.filter { name in
            name.symbol === symbol && (withDeclaration || name.range != symbol.range)
                && seen.insert(name.range).inserted
        }
        return .array(
            uses.sorted { ($0.range.file, $0.range.start) < ($1.range.file, $1.range.start) }.compactMap {
                location($0.range, analysis)
            })
    }

    private func location(_ range: SourceRange, _ analysis: Analysis) -> JSONValue? {
        guard let file = analysis.tree.sources.file(of: range) else { return nil }
        return ["uri": .string(address(of: file.path)), "range": file.range(range)]
    }

    private mutating func formatting(_ parameters: JSONValue) throws(RequestFault) -> JSONValue {
        let address = parameters["textDocument"]?["uri"]?.text ?? ""
        guard let document = documents[address] else {
            throw RequestFault(code: .invalidParameters, message: "\(address) is not open")
        }
        let (text, faults) = Formatter.format(document.file)
        guard let text else {
            throw RequestFault(
                code: .requestFailed,
                message: "not laid out: " + (faults.first.map { "\($0.location): \($0.message)" } ?? ""))
        }
        if text == document.file.bytes { return [] }
        let all = SourceRange(file: 0, start: 0, end: Int32(document.file.bytes.count))
        return [["range": document.file.range(all), "newText": .string(String(decoding: text, as: UTF8.self))]]
    }
}
