import Foundation

/// What the JSON schema of SARIF 2.1.0 (OASIS, sarif-schema-2.1.0.json) says of the objects that we write: which members each may have and of what kind, which it must have, and
/// that there are no others. Members that we don't write are listed too where the schema has them, so that one more is no error here, as long as it is of the right kind.
struct SARIFSchema {
    indirect enum Kind: Sendable {
        case string
        case boolean
        case integer(atLeast: Int)
        case number
        case oneOf([String])
        /// An absolute URI, or a reference that may be relative.
        case uri(mayBeRelative: Bool)
        case object(String)
        case list(Kind, isSet: Bool)
        case dictionary(Kind)
        /// What the schema describes and we have never written: a test that meets it has to say what it is.
        case unused
    }

    struct Shape: Sendable {
        var members: [String: Kind]
        var required: Set<String> = []
    }

    private static let level = Kind.oneOf(["none", "note", "warning", "error"])
    private static let strings = Kind.list(.string, isSet: true)
    private static let locations = Kind.list(.object("location"), isSet: false)

    static let shapes: [String: Shape] = [
        "log": Shape(
            members: [
                "$schema": .uri(mayBeRelative: false), "version": .oneOf(["2.1.0"]),
                "runs": .list(.object("run"), isSet: false), "inlineExternalProperties": .unused,
                "properties": .object("propertyBag"),
            ], required: ["version", "runs"]),
        "run": Shape(
            members: [
                "tool": .object("tool"), "invocations": .list(.object("invocation"), isSet: false),
                "language": .string, "results": .list(.object("result"), isSet: false),
                "columnKind": .oneOf(["utf16CodeUnits", "unicodeCodePoints"]), "defaultEncoding": .string,
                "defaultSourceLanguage": .string, "originalUriBaseIds": .dictionary(.object("artifactLocation")),
                "artifacts": .unused, "properties": .object("propertyBag"),
            ], required: ["tool"]),
        "tool": Shape(
            members: [
                "driver": .object("toolComponent"), "extensions": .list(.object("toolComponent"), isSet: true),
                "properties": .object("propertyBag"),
            ], required: ["driver"]),
        "toolComponent": Shape(
            members: [
                "name": .string, "organization": .string, "fullName": .string, "version": .string,
                "semanticVersion": .string, "downloadUri": .uri(mayBeRelative: false),
                "informationUri": .uri(mayBeRelative: false), "language": .string,
                "shortDescription": .object("multiformatMessageString"),
                "fullDescription": .object("multiformatMessageString"),
                "rules": .list(.object("reportingDescriptor"), isSet: true),
                "notifications": .list(.object("reportingDescriptor"), isSet: true), "isComprehensive": .boolean,
                "properties": .object("propertyBag"),
            ], required: ["name"]),
        "reportingDescriptor": Shape(
            members: [
                "id": .string, "name": .string, "shortDescription": .object("multiformatMessageString"),
                "fullDescription": .object("multiformatMessageString"), "help": .object("multiformatMessageString"),
                "helpUri": .uri(mayBeRelative: false),
                "defaultConfiguration": .object("reportingConfiguration"),
                "messageStrings": .dictionary(.object("multiformatMessageString")), "deprecatedIds": strings,
                "properties": .object("propertyBag"),
            ], required: ["id"]),
        "reportingConfiguration": Shape(
            members: [
                "enabled": .boolean, "level": level, "rank": .number, "parameters": .object("propertyBag"),
                "properties": .object("propertyBag"),
            ]),
        "invocation": Shape(
            members: [
                "commandLine": .string, "arguments": .list(.string, isSet: false), "exitCode": .integer(atLeast: .min),
                "exitCodeDescription": .string, "executionSuccessful": .boolean,
                "toolExecutionNotifications": .list(.object("notification"), isSet: false),
                "toolConfigurationNotifications": .list(.object("notification"), isSet: false),
                "workingDirectory": .object("artifactLocation"), "properties": .object("propertyBag"),
            ], required: ["executionSuccessful"]),
        "notification": Shape(
            members: [
                "locations": .list(.object("location"), isSet: true), "message": .object("message"), "level": level,
                "descriptor": .object("reportingDescriptorReference"),
                "associatedRule": .object("reportingDescriptorReference"), "properties": .object("propertyBag"),
            ], required: ["message"]),
        "reportingDescriptorReference": Shape(
            members: ["id": .string, "index": .integer(atLeast: -1), "properties": .object("propertyBag")]),
        "result": Shape(
            members: [
                "ruleId": .string, "ruleIndex": .integer(atLeast: -1),
                "rule": .object("reportingDescriptorReference"),
                "kind": .oneOf(["notApplicable", "pass", "fail", "review", "open", "informational"]), "level": level,
                "message": .object("message"), "analysisTarget": .object("artifactLocation"), "locations": locations,
                "occurrenceCount": .integer(atLeast: 1), "partialFingerprints": .dictionary(.string),
                "fingerprints": .dictionary(.string), "codeFlows": .unused, "graphs": .unused,
                "relatedLocations": .list(.object("location"), isSet: true),
                "baselineState": .oneOf(["new", "unchanged", "updated", "absent"]), "rank": .number,
                "properties": .object("propertyBag"),
            ], required: ["message"]),
        "location": Shape(
            members: [
                "id": .integer(atLeast: -1), "physicalLocation": .object("physicalLocation"),
                "logicalLocations": .unused, "message": .object("message"), "properties": .object("propertyBag"),
            ]),
        "physicalLocation": Shape(
            members: [
                "artifactLocation": .object("artifactLocation"), "region": .object("region"),
                "contextRegion": .object("region"), "properties": .object("propertyBag"),
            ]),
        "artifactLocation": Shape(
            members: [
                "uri": .uri(mayBeRelative: true), "uriBaseId": .string, "index": .integer(atLeast: -1),
                "description": .object("message"), "properties": .object("propertyBag"),
            ]),
        "region": Shape(
            members: [
                "startLine": .integer(atLeast: 1), "startColumn": .integer(atLeast: 1),
                "endLine": .integer(atLeast: 1), "endColumn": .integer(atLeast: 1),
                "charOffset": .integer(atLeast: -1), "charLength": .integer(atLeast: 0),
                "byteOffset": .integer(atLeast: -1), "byteLength": .integer(atLeast: 0),
                "snippet": .object("artifactContent"), "message": .object("message"), "sourceLanguage": .string,
                "properties": .object("propertyBag"),
            ]),
        "artifactContent": Shape(
            members: [
                "text": .string, "binary": .string, "rendered": .object("multiformatMessageString"),
                "properties": .object("propertyBag"),
            ]),
        "message": Shape(
            members: [
                "text": .string, "markdown": .string, "id": .string, "arguments": .list(.string, isSet: false),
                "properties": .object("propertyBag"),
            ]),
        "multiformatMessageString": Shape(
            members: ["text": .string, "markdown": .string, "properties": .object("propertyBag")], required: ["text"]),
    ]

    /// What is wrong with a document, each with its place; empty for one that the schema allows.
    static func faults(_ document: Any) -> [String] { faults(document, .object("log"), at: "") }

    private static func faults(_ value: Any, _ kind: Kind, at place: String) -> [String] {
        func unless(_ isRight: Bool, _ what: String) -> [String] {
            isRight ? [] : ["\(place): \(value) is not \(what)"]
        }
        switch kind {
        case .string: return unless(value is String, "a string")
        case .boolean: return unless(isBoolean(value), "a Boolean")
        case .number: return unless(value is NSNumber && !isBoolean(value), "a number")
        case .integer(let least):
            return unless(!isBoolean(value) && (value as? Int).map { $0 >= least } == true, "an integer from \(least)")
        case .oneOf(let names): return unless((value as? String).map(names.contains) == true, "one of \(names)")
        case .uri(let mayBeRelative):
            let url = (value as? String).flatMap { URL(string: $0, encodingInvalidCharacters: false) }
            return unless(url != nil && (mayBeRelative || url?.scheme != nil), "a URI")
        case .unused: return ["\(place): what this must be like is not written down here"]
        case .list(let element, let isSet):
            guard let list = value as? [Any] else { return unless(false, "a list") }
            let doubled = isSet && Set(list.map { NSDictionary(dictionary: ["": $0]) }).count < list.count
            return (doubled ? ["\(place): an element is there twice"] : [])
                + list.enumerated().flatMap { faults($1, element, at: "\(place)[\($0)]") }
        case .dictionary(let element):
            guard let members = value as? [String: Any] else { return unless(false, "an object") }
            return members.sorted { $0.key < $1.key }.flatMap { faults($0.value, element, at: "\(place).\($0.key)") }
        case .object("propertyBag"): return unless(value is [String: Any], "an object")
        case .object(let name):
            guard let members = value as? [String: Any] else { return unless(false, "a \(name)") }
            let shape = shapes[name]!
            return shape.required.subtracting(members.keys).sorted().map { "\(place): a \(name) must have \($0)" }
                + members.sorted { $0.key < $1.key }.flatMap { key, value in
                    shape.members[key].map { faults(value, $0, at: "\(place).\(key)") }
                        ?? ["\(place): a \(name) has no \(key)"]
                }
        }
    }

    /// Foundation has true and false as numbers, too: of one byte.
    private static func isBoolean(_ value: Any) -> Bool {
        (value as? NSNumber).map { String(cString: $0.objCType) == "c" } == true
    }
}
