import ConfigurationFiles
import Coordination
import Testing

@Suite struct JobFileTests {
    func error(_ text: String) -> String? {
        do throws(InputError) {
            _ = try JobFile.parse(text, file: "job.yaml")
            return nil
        } catch { return error.description }
    }

    @Test func readsAGangWithABuiltin() throws {
        let job = try JobFile.parse(
            """
            name: digits
            tenant: vision
            gang: 3
            builtin: digits
            parameters: { epochs: 30, learning-rate: 0.1 }
            env: { LOG: 'yes' }
            retries: 2
            checkpoint: 10m
            """, file: "job.yaml")
        #expect(
            job
                == JobSpecification(
                    name: "digits", tenant: "vision", shape: .gang(ranks: 3),
                    program: .builtin("digits", parameters: ["epochs": "30", "learning-rate": "0.1"]),
                    environment: ["LOG": "yes"],
                    retries: 2, checkpointMilliseconds: 600_000))
    }

    @Test func aCommandAloneIsOneTask() throws {
        let job = try JobFile.parse("command: [/bin/echo, hello world]", file: "job.yaml")
        #expect(
            job
                == JobSpecification(
                    name: "echo", shape: .array(tasks: 1), program: .command(["/bin/echo", "hello world"])))
    }

    @Test(arguments: [
        ("gang: 3\ncomand: [ls]", "job.yaml:2:1: error: unknown key 'comand'; did you mean 'command'?"),
        ("gang: 0\ncommand: [ls]", "job.yaml:1:7: error: 'gang' is 0; it must be from 1 to 1000000"),
        ("gang: many\ncommand: [ls]", "job.yaml:1:7: error: 'gang' must be a whole number from 1 to 1000000"),
        (
            "gang: 2\narray: 2\ncommand: [ls]",
            "job.yaml:2:8: error: 'array' stands beside 'gang'; a job has one of the two"
        ),
        (
            "command: [ls]\ndirectory: here",
            "job.yaml:2:12: error: 'directory' is 'here'; it must be an absolute path on the workers"
        ),
        (
            "array: 2\ncheckpoint: 1m\ncommand: [ls]",
            "job.yaml:2:13: error: 'checkpoint' belongs to a gang; the tasks of an array have no checkpoints"
        ),
        ("command: []", "job.yaml:1:10: error: 'command' is empty; it must name a program"),
        ("- a\n- b", "job.yaml:1:1: error: the file must be a mapping, `key: value` on each line"),
    ])
    func namesPlaceAndCause(text: String, message: String) {
        #expect(error(text) == message)
    }

    @Test func nothingToRun() {
        #expect(error("gang: 3")?.contains("says nothing to run") == true)
        #expect(error("")?.contains("the file is empty") == true)
    }

    @Test func brokenYAMLNamesItsPlace() {
        let message = error("gang: [1, 2\ncommand: ls")
        #expect(message?.hasPrefix("job.yaml:2:") == true, "\(message ?? "none")")
        #expect(message?.contains("not YAML") == true)
    }

    @Test func aKeyWrittenTwiceIsRefused() {
        #expect(error("gang: 1\ngang: 2\ncommand: ls")?.contains("written twice: 'gang'") == true)
    }

    /// Aliases of aliases as keys would have to be compared for as long as the sun shines.
    @Test func aliasesOfAliasesAreRefused() {
        var text = "a: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            text +=
                "a\(level): &a\(level) [" + repeatElement("*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
        }
        #expect(
            error(text + "? *a9\n: 1\n? *a8\n: 2\n")
                == "job.yaml: error: the file has 83 aliases (`*name`), and 16 are read: write out what they stand for")
        // What only looks like some is none.
        let globs = String(repeating: "ls *.txt a*b; ", count: 30)
        #expect(error("command: [sh, -c, \"\(globs)\"]") == nil)
    }

    @Test func aliasesDoNotExplode() {
        var text = "a: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            text +=
                "b\(level): &a\(level) [" + [String](repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
                + "]\n"
        }
        #expect(error(text) != nil)
    }
}
