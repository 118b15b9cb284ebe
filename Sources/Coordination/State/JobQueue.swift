/// Jobs with units that wait, in submission order. Taking from the front and adding at the back are cheap; a job that
/// comes back (a retry) goes to its old place, which is near the front.
struct JobQueue: Sendable {
    /// Sorted; what is before `head` was taken.
    private var storage: [JobID] = []
    private var head = 0

    var isEmpty: Bool { head == storage.count }
    var count: Int { storage.count - head }
    var jobs: ArraySlice<JobID> { storage[head...] }

    func contains(_ job: JobID) -> Bool {
        let place = place(of: job)
        return place < storage.count && storage[place] == job
    }

    /// How many wait before this job, whether or not it waits itself.
    func jobsAhead(of job: JobID) -> Int { place(of: job) - head }

    mutating func insert(_ job: JobID) {
        let place = place(of: job)
        if place < storage.count, storage[place] == job { return }
        if place == head, head > 0 {
            head -= 1
            storage[head] = job
        } else {
            storage.insert(job, at: place)
        }
    }

    mutating func remove(_ job: JobID) {
        let place = place(of: job)
        guard place < storage.count, storage[place] == job else { return }
        if place == head {
            head += 1
            dropTaken()
        } else {
            storage.remove(at: place)
        }
    }

    /// Gives the memory before `head` back once it is the larger half.
    private mutating func dropTaken() {
        guard head > 32, head * 2 > storage.count else { return }
        storage.removeSubrange(..<head)
        head = 0
    }

    /// The first place whose job isn't before `job`.
    private func place(of job: JobID) -> Int {
        var low = head
        var high = storage.count
        while low < high {
            let middle = low + (high - low) / 2
            if storage[middle] < job { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension JobQueue: Hashable {
    static func == (a: JobQueue, b: JobQueue) -> Bool { a.jobs == b.jobs }
    func hash(into hasher: inout Hasher) { hasher.combine(jobs) }
}
