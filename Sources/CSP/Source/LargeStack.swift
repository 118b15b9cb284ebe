#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Runs recursive work on a thread whose stack is as large as the work needs.
///
/// The parser and the evaluator recurse with the nesting of the script; the stack of an ordinary thread (512 KiB to 8 MiB)
/// is too small for scripts that people generate. Pages that are never touched cost no memory.
public enum LargeStack {
    /// Runs `body` on a new thread with a stack of `bytes`, waits for it, and gives its result or throws its error.
    ///
    /// The caller waits, so `body` may use what the caller owns, even if it is not `Sendable`. If the system refuses a
    /// stack of that size, half of it is tried, down to 1 MiB, and at last `body` runs on the caller's own stack:
    /// `StackBound.current` tells the work what it has got.
    public static func run<Success, Failure: Error>(
        bytes: Int, _ body: () throws(Failure) -> Success
    ) throws(Failure) -> Success {
        var result: Result<Success, Failure>?
        withoutActuallyEscaping(body) { body in
            let job = Job {
                do throws(Failure) { result = .success(try body()) } catch { result = .failure(error) }
            }
            if !start(job, bytes: bytes) { job.work() }
        }
        return try result!.get()
    }

    private final class Job {
        let work: () -> Void
        var bytes = 0
        init(_ work: @escaping () -> Void) { self.work = work }
    }

    /// Runs the job on a thread of its own and waits for its end; false if no thread could be had.
    private static func start(_ job: Job, bytes: Int) -> Bool {
        var size = (max(bytes, 1 << 20) + 0xFFFF) & ~0xFFFF
        while size >= 1 << 20 {
            var attributes = pthread_attr_t()
            guard pthread_attr_init(&attributes) == 0 else { return false }
            defer { pthread_attr_destroy(&attributes) }
            job.bytes = size
            let context = Unmanaged.passUnretained(job).toOpaque()
            if pthread_attr_setstacksize(&attributes, size) == 0 {
                #if canImport(Glibc)
                    var thread = pthread_t()
                    if pthread_create(&thread, &attributes, entry, context) == 0 {
                        pthread_join(thread, nil)
                        return true
                    }
                #else
                    var thread: pthread_t?
                    if pthread_create(&thread, &attributes, entry, context) == 0, let thread {
                        pthread_join(thread, nil)
                        return true
                    }
                #endif
            }
            size /= 2
        }
        return false
    }

    #if canImport(Glibc)
        private typealias Context = UnsafeMutableRawPointer?
    #else
        private typealias Context = UnsafeMutableRawPointer
    #endif

    private static let entry: @convention(c) (Context) -> UnsafeMutableRawPointer? = { context in
        let pointer: UnsafeMutableRawPointer? = context
        let job = Unmanaged<Job>.fromOpaque(pointer!).takeUnretainedValue()
        StackBound.set(StackBound.address - UInt(job.bytes) + StackBound.reserve)
        job.work()
        return nil
    }
}

/// How far the stack of a thread may grow. Take `current` once at the start of deep work, ask `isReached` on the way down.
public struct StackBound: Sendable {
    private let lowest: UInt

    /// Kept free below the bound, for what the work calls after its last question.
    fileprivate static let reserve: UInt = 256 << 10

    /// The bound of the current thread. Only `LargeStack` knows a thread's size; elsewhere, 256 KiB from here are taken to be free.
    public static var current: StackBound {
        let known = UInt(bitPattern: pthread_getspecific(key))
        return StackBound(lowest: known != 0 ? known : address - (256 << 10))
    }

    /// Whether the work should stop here, with an error.
    @inline(__always)
    public var isReached: Bool { StackBound.address < lowest }

    /// Where the stack is now.
    @inline(__always)
    fileprivate static var address: UInt {
        var here: UInt8 = 0
        return withUnsafeMutablePointer(to: &here) { UInt(bitPattern: $0) }
    }

    fileprivate static func set(_ lowest: UInt) {
        pthread_setspecific(key, UnsafeRawPointer(bitPattern: lowest))
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        precondition(pthread_key_create(&key, nil) == 0, "no key for a thread's own data is left")
        return key
    }()
}
