import ArgumentParser
import Foundation
import Lab
import ModelChecking
import Verification

extension LabCommand {
    /// `banquet lab exercise`
    struct ExerciseCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "exercise", abstract: "List the exercises, or write one into a folder, to be worked on.")

        @Argument(
            help: ArgumentHelp("An exercise; without one, the list.", valueName: "exercise"),
            completion: Completions.exercises)
        var name: String?
        @Argument(help: ArgumentHelp("Where to write it (default: here).", valueName: "dir")) var folder: String = "."
        @OptionGroup var language: LanguageOption

        func validate() throws { if let name { _ = try Exercise.orFault(name) } }

        func run() throws {
            let words = language.language.phrases
            guard let name else {
                for exercise in Exercise.all {
                    let text = language.language.text(of: exercise)
                    let head = exercise.name.padding(toLength: 12, withPad: " ", startingAt: 0)
                    let task = Screen.wrapped(text.task, to: 88).map { "            " + $0 + "\n" }.joined()
                    Terminal.write(Terminal.styled(head, .bold) + text.title + "\n" + task)
                }
                return Terminal.write("\n" + words.exerciseHint + "\n")
            }
            let exercise = try Exercise.orFault(name)
            let given = folder + "/given.csp", task = folder + "/\(exercise.name).csp"
            for path in [given, task] where FileManager.default.fileExists(atPath: path) {
                throw CommandFailure(message: "\(path): error: is there already; name another folder, or move it away")
            }
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try exercise.given.write(toFile: given, atomically: true, encoding: .utf8)
                try exercise.task.write(toFile: task, atomically: true, encoding: .utf8)
            } catch {
                throw CommandFailure(message: "\(folder): error: can't be written: \(error.localizedDescription)")
            }
            Terminal.write(language.language.text(of: exercise).task + "\n")
            Terminal.write(words.exerciseWritten.filled(["task": task, "given": given]) + "\n")
        }
    }

    /// `banquet lab grade`
    struct GradeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "grade", abstract: "Grade a student's answer by hidden assertions.",
            discussion: """
                Each requirement is met or not; one that is not has a hint, and the run that shows it. Exit code 0: all are met. 1: one is not. \
                2: the file can't be read as an answer. 3: a limit was reached.
                """)

        @Argument(help: "The exercise.", completion: Completions.exercises) var exercise: String
        @Argument(help: ArgumentHelp("The answer.", valueName: "file.csp"), completion: Completions.scripts)
        var file: String
        @Option(help: "Seconds for one assertion; the whole takes three times that at most.") var timeout: Double = 20
        @OptionGroup var language: LanguageOption
        @OptionGroup var output: FormatOption

        /// Of what one assertion explores, and of what the whole takes.
        private static let statesMax = 200_000
        private static let bytesMax = 1 << 30

        func validate() throws {
            _ = try Exercise.orFault(exercise)
            guard timeout > 0, timeout <= 3600 else {
                throw ValidationError("--timeout must be from 0 to 3600 seconds")
            }
        }

        func run() throws {
            Interruption.requestsEnd()
            let exercise = try Exercise.orFault(exercise)
            guard let data = FileManager.default.contents(atPath: file), let text = String(data: data, encoding: .utf8)
            else { throw CommandFailure(message: "\(file): error: can't be read, or is not UTF-8 text") }
            watch(exercise)
            let options = VerificationOptions(
                maximumStates: Self.statesMax, maximumBytes: Self.bytesMax,
                timeout: .milliseconds(Int(timeout * 1000)), isCancelled: { Interruption.isRequested }, threads: 1)
            let grade = try Grader(exercise, language.language).grade(text, path: file, options: options)
            show(grade)
            switch grade.verdict {
            case .passed: return
            case .failed: throw ExitCode(1)
            case .unreadable: throw ExitCode(2)
            case .limit: throw ExitCode(3)
            }
        }

        /// Reading a script evaluates some of it, which no limit of an assertion covers: a thread that watches the clock and the memory ends
        /// what doesn't end.
        private func watch(_ exercise: Exercise) {
            let limit = Date().addingTimeInterval(3 * timeout)
            Thread.detachNewThread {
                while Date() < limit, ResidentMemory.bytes() < 2 * Self.bytesMax { usleep(100_000) }
                show(Grade(exercise: exercise.name, verdict: .limit))
                Foundation.exit(3)
            }
        }

        private func show(_ grade: Grade) {
            if output.format == .json, let line = try? JSON.line(grade) { return Terminal.write(line + "\n") }
            let page = Screen(width: Terminal.columns(of: STDOUT_FILENO) ?? 100, isColoured: Terminal.isColoured)
            Terminal.write(GradePanel(page, language.language).lines(grade).joined(separator: "\n") + "\n")
            for error in grade.errors { Terminal.complain(error) }
        }
    }
}

extension Exercise {
    fileprivate static func orFault(_ name: String) throws -> Exercise {
        guard let exercise = named(name) else {
            let names = all.map(\.name).joined(separator: ", ")
            throw ValidationError("there is no exercise '\(name)'; there are: \(names)")
        }
        return exercise
    }
}
