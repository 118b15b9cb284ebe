import Foundation

/// As much of JSON Schema (draft 2020-12) as docs/report.schema.json uses. A keyword that it does not know is a fault, so that none is passed over.
struct JSONSchema {
    private let root: [String: Any]

    init(path: String) throws {
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
        root = object as? [String: Any] ?? [:]
    }

    /// What is wrong with a document, each with its place.
    func faults(of document: Any) -> [String] { faults(document, root, "") }

    private func faults(_ value: Any, _ schema: [String: Any], _ place: String) -> [String] {
        var result: [String] = []
        for (keyword, wanted) in schema {
            switch keyword {
            case "$schema", "title", "description", "$defs", "additionalProperties": break
            case "$ref":
                let name = (wanted as! String).replacingOccurrences(of: "#/$defs/", with: "")
                result += faults(value, (root["$defs"] as! [String: Any])[name] as! [String: Any], place)
            case "type": if !has(value, type: wanted as! String) { result.append("\(place): not \(wanted): \(value)") }
            case "const": if !equal(value, wanted) { result.append("\(place): not \(wanted): \(value)") }
            case "enum":
                if !(wanted as! [Any]).contains(where: { equal($0, value) }) { result.append("\(place): \(value)") }
            case "minimum":
                if (value as? NSNumber)?.doubleValue ?? 0 < (wanted as! NSNumber).doubleValue {
                    result.append("\(place): \(value) is below \(wanted)")
                }
            case "required":
                let keys = Set((value as? [String: Any] ?? [:]).keys)
                for key in wanted as! [String] where !keys.contains(key) { result.append("\(place): no \(key)") }
            case "properties":
                let properties = wanted as! [String: [String: Any]]
                for (key, part) in value as? [String: Any] ?? [:] {
                    if let own = properties[key] {
                        result += faults(part, own, "\(place)/\(key)")
                    } else if schema["additionalProperties"] as? Bool == false {
                        result.append("\(place): \(key) is unknown")
                    }
                }
            case "items":
                for (index, part) in (value as? [Any] ?? []).enumerated() {
                    result += faults(part, wanted as! [String: Any], "\(place)/\(index)")
                }
            default: result.append("the schema's keyword \(keyword) is not understood")
            }
        }
        return result
    }

    private func has(_ value: Any, type: String) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "boolean": value is Bool
        case "integer": (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
        case "number": value is NSNumber
        default: false
        }
    }

    private func equal(_ a: Any, _ b: Any) -> Bool {
        (a as? String).map { $0 == b as? String } ?? ((a as? NSNumber) == (b as? NSNumber))
    }
}
