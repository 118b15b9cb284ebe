import Foundation
import Testing

/// scripts/record-plan.py on real programs. It needs a Python with torch: `python3`, or the one that BANQUET_PYTHON names; with
/// BANQUET_TORCH=1 one is installed in .build/torch.
@Suite(.enabled(if: Torch.python != nil, "no Python with torch; BANQUET_TORCH=1 installs one"))
struct RecorderTests {
    func record(_ program: String, limit: Int) throws -> (plan: String, code: Int32, folder: URL) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("plan-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let plan = folder.appendingPathComponent("job.yaml").path
        let code = Torch.run(
            Torch.python!,
            [
                "scripts/record-plan.py", "--time-limit", "\(limit)", "--output", plan,
                "Tests/EndToEndTests/Torch/\(program)",
            ])
        return (plan, code, folder)
    }

    @Test func aMisorderedProgramIsCaughtFromItsPlan() throws {
        let (plan, code, folder) = try record("misordered.py", limit: 30)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(code == 1)
        let result = try Program.run(["check-plan", plan])
        #expect(result.code == 1, "\(result)")
        #expect(
            result.output.contains(
                "call 4 on all ranks is all-reduce (1024 f32) in rank 0, and broadcast from 0 (4 f32) in rank 1"),
            "\(result)")
    }

    @Test func aRightProgramHolds() throws {
        let (plan, code, folder) = try record("pipeline.py", limit: 120)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(code == 0)
        let result = try Program.run(["check-plan", plan])
        #expect(result.code == 0 && result.output.contains("2 ranks, 36 calls"), "\(result)")
        let text = try String(contentsOfFile: plan, encoding: .utf8)
        #expect(text.contains("- repeat: 4") && text.contains("recv: { from: 1, tag: t7, count: 8, dtype: f32 }"))
    }
}

/// Where torch is.
enum Torch {
    static let python: String? = {
        let environment = ProcessInfo.processInfo.environment
        let named = environment["BANQUET_PYTHON"] ?? "python3"
        if has(named) { return named }
        let own = ".build/torch/bin/python"
        guard environment["BANQUET_TORCH"] == "1" else { return has(own) ? own : nil }
        if !has(own) {
            guard run("python3", ["-m", "venv", ".build/torch"]) == 0,
                run(
                    own,
                    [
                        "-m", "pip", "install", "-q", "torch", "numpy", "--extra-index-url",
                        "https://download.pytorch.org/whl/cpu",
                    ])
                    == 0
            else { return nil }
        }
        return own
    }()

    private static func has(_ python: String) -> Bool {
        run(python, ["-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"]) == 0
    }

    /// The exit code; what it prints goes nowhere.
    static func run(_ program: String, _ arguments: [String]) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return 127 }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
