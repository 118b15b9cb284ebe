import Coordination

/// The specification of a job that differs from the simplest only in what nearly all jobs say: most are so, and there may be
/// hundreds of thousands of them to be read when a coordinator starts.
///
///     name   tenant   0 array, 1 gang   its size   0 command: its words, 1 builtin: its name   slots   retries
///     crash limit   retry delay
enum PlainSubmission {
    /// Whether nothing would be lost: all else is as it is in a job that doesn't mention it.
    static func holds(_ job: JobSpecification) -> Bool {
        if case .builtin(_, let parameters) = job.program, !parameters.isEmpty { return false }
        return job
            == JobSpecification(
                name: job.name, tenant: job.tenant, shape: job.shape, program: job.program, slots: job.slots,
                retries: job.retries, crashLimit: job.crashLimit, retryDelayMilliseconds: job.retryDelayMilliseconds)
    }

    static func write(_ job: JobSpecification, to writer: inout ByteWriter) {
        writer.text(job.name)
        writer.text(job.tenant)
        writer.byte(job.isGang ? 1 : 0)
        writer.number(UInt64(job.units))
        switch job.program {
        case .command(let words):
            writer.byte(0)
            writer.number(UInt64(words.count))
            for word in words { writer.text(word) }
        case .builtin(let name, _):
            writer.byte(1)
            writer.text(name)
        }
        for number in [job.slots, job.retries, job.crashLimit, job.retryDelayMilliseconds] {
            writer.number(UInt64(number))
        }
    }

    static func read(from reader: inout ByteReader) throws(Unreadable) -> JobSpecification {
        let name = try reader.text()
        let tenant = try reader.text()
        let shape: JobSpecification.Shape
        switch try reader.byte() {
        case 0: shape = .array(tasks: try reader.small("an array's size"))
        case 1: shape = .gang(ranks: try reader.small("a gang's size"))
        case let other: throw Unreadable(reason: "there is no shape \(other)")
        }
        let program: JobSpecification.Program
        switch try reader.byte() {
        case 0:
            let count = try reader.number()
            guard count <= UInt64(reader.end - reader.place) else { throw Unreadable(reason: "it ends too early") }
            var words: [String] = []
            words.reserveCapacity(Int(count))
            for _ in 0..<count { words.append(try reader.text()) }
            program = .command(words)
        case 1: program = .builtin(try reader.text(), parameters: [:])
        case let other: throw Unreadable(reason: "there is no program \(other)")
        }
        return JobSpecification(
            name: name, tenant: tenant, shape: shape, program: program, slots: try reader.small("slots"),
            retries: try reader.small("retries"), crashLimit: try reader.small("a crash limit"),
            retryDelayMilliseconds: try reader.small("a retry delay"))
    }
}
