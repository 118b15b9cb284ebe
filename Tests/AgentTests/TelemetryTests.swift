import Coordination
import Foundation
import Logging
import Messaging
import Synchronization
import Testing

@testable import Agent

/// What devices say of themselves, from trees of files as kernels have them and from lines as NVIDIA's program prints them.
@Suite struct TelemetryTests {
    /// Writes files below a root of the test's own.
    private func write(_ files: [String: String], to root: TemporaryFolder) throws {
        for (path, text) in files {
            let url = URL(fileURLWithPath: root.path + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try (text + "\n").write(to: url, atomically: true, encoding: .utf8)
        }
    }

    /// A server with two packages of Intel's, as `find /sys -type f` and `cat` show it.
    private static let intel = [
        "/proc/cpuinfo":
            "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 106\nmodel name\t: Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz",
        "/proc/stat": "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 50 0 50 350 50 0 0 0 0 0",
        "/proc/meminfo": "MemTotal:       263775592 kB\nMemFree:         1000000 kB\nMemAvailable:   163775592 kB",
        "/sys/class/hwmon/hwmon0/name": "nvme", "/sys/class/hwmon/hwmon0/temp1_input": "99000",
        "/sys/class/hwmon/hwmon1/name": "coretemp", "/sys/class/hwmon/hwmon1/temp1_input": "61000",
        "/sys/class/hwmon/hwmon1/temp2_input": "58000", "/sys/class/hwmon/hwmon1/temp1_crit": "102000",
        "/sys/class/hwmon/hwmon2/name": "coretemp", "/sys/class/hwmon/hwmon2/temp1_input": "64500",
        "/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count": "7",
        "/sys/devices/system/cpu/cpu0/topology/physical_package_id": "0",
        "/sys/devices/system/cpu/cpu1/thermal_throttle/package_throttle_count": "7",
        "/sys/devices/system/cpu/cpu1/topology/physical_package_id": "0",
        "/sys/devices/system/cpu/cpu2/thermal_throttle/package_throttle_count": "1",
        "/sys/devices/system/cpu/cpu2/topology/physical_package_id": "1",
        "/sys/class/powercap/intel-rapl:0/energy_uj": "1000000",
        "/sys/class/powercap/intel-rapl:0/max_energy_range_uj": "262143328850",
        "/sys/class/powercap/intel-rapl:1/energy_uj": "262143328850",
        "/sys/class/powercap/intel-rapl:1/max_energy_range_uj": "262143328850",
        "/sys/class/powercap/intel-rapl:0:0/energy_uj": "5",
        "/sys/class/powercap/intel-rapl:0:0/max_energy_range_uj": "65532610987",
    ]

    @Test func aServersProcessors() throws {
        let root = try TemporaryFolder()
        try write(Self.intel, to: root)
        var sensors = HostSensors(root: root.path)
        let begin = ContinuousClock.now
        let first = sensors.read(at: begin)
        #expect(first.map(\.label) == ["cpu0"])
        #expect(first[0].name == "Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz")
        // The hottest of the processors; a disk's sensor is none of theirs.
        #expect(first[0].celsius == 64.5)
        #expect(first[0].memory == .init(used: 100_000_000 << 10, total: 263_775_592 << 10))
        // Rates need a second look.
        #expect(first[0].utilisationPercent == nil && first[0].milliwatts == nil && first[0].throttle == nil)

        // Five seconds later: 40 of 100 jiffies idle, 300 J of one package and 200 J of the other, whose counter has begun again.
        try write(
            [
                "/proc/stat": "cpu  140 0 120 730 110 0 0 0 0 0",
                "/sys/class/powercap/intel-rapl:0/energy_uj": "301000000",
                "/sys/class/powercap/intel-rapl:1/energy_uj": "200000000",
            ], to: root)
        let second = sensors.read(at: begin + .seconds(5))[0]
        #expect(second.utilisationPercent == 60)
        #expect(second.milliwatts == 100_000)
        #expect(second.throttle == nil)

        // Heat slows the second package down, and then no more.
        try write(["/sys/devices/system/cpu/cpu2/thermal_throttle/package_throttle_count": "2"], to: root)
        #expect(sensors.read(at: begin + .seconds(10))[0].throttle == "heat")
        #expect(sensors.read(at: begin + .seconds(15))[0].throttle == nil)
    }

    /// A board whose processors have zones and no monitor, and no counts of packages.
    @Test func aBoardWithThermalZones() throws {
        let root = try TemporaryFolder()
        try write(
            [
                "/sys/class/thermal/thermal_zone0/type": "acpitz", "/sys/class/thermal/thermal_zone0/temp": "99000",
                "/sys/class/thermal/thermal_zone1/type": "cpu-thermal",
                "/sys/class/thermal/thermal_zone1/temp": "48312",
                "/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "3",
                "/sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq": "1500000",
            ], to: root)
        var sensors = HostSensors(root: root.path)
        #expect(sensors.read()[0].celsius == 48.3)
        try write(["/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "4"], to: root)
        #expect(sensors.read()[0].throttle == "heat")
    }

    @Test func aHostThatTellsNothing() throws {
        let root = try TemporaryFolder()
        var sensors = HostSensors(root: root.path)
        for _ in 0..<2 { #expect(sensors.read() == [DeviceState(kind: "cpu", name: "processors")]) }
    }

    @Test func aDeviceOfAMDs() throws {
        let root = try TemporaryFolder()
        let card = "/sys/class/drm/card1/device"
        try write(
            [
                "/sys/class/drm/card0/device/vendor": "0x1a03", "/sys/class/drm/card1-DP-1/status": "connected",
                "\(card)/vendor": "0x1002", "\(card)/device": "0x740f", "\(card)/product_name": "AMD Instinct MI210",
                "\(card)/gpu_busy_percent": "87", "\(card)/mem_info_vram_total": "68702699520",
                "\(card)/mem_info_vram_used": "34351349760", "\(card)/hwmon/hwmon3/temp1_input": "55000",
                "\(card)/hwmon/hwmon3/temp2_input": "71000", "\(card)/hwmon/hwmon3/temp2_crit": "100000",
                "\(card)/hwmon/hwmon3/temp3_input": "60000", "\(card)/hwmon/hwmon3/power1_average": "210000000",
            ], to: root)
        var sensors = HostSensors(root: root.path)
        let states = sensors.read()
        let device = try #require(states.last)
        #expect(device.label == "amd0" && device.name == "AMD Instinct MI210")
        #expect(device.celsius == 71 && device.utilisationPercent == 87 && device.milliwatts == 210_000)
        #expect(device.memory == .init(used: 34_351_349_760, total: 68_702_699_520))
        #expect(device.throttle == nil)
        try write(["\(card)/hwmon/hwmon3/temp2_input": "100000"], to: root)
        #expect(sensors.read().last?.throttle == "heat")
    }

    @Test func theLinesOfNvidiasProgram() throws {
        var report = NvidiaReport()
        let text = """
            0, NVIDIA H100 80GB HBM3, 64, 97, 71234, 81559, 412.35, Not Active, Not Active, Not Active, Not Active
            1, NVIDIA H100 80GB HBM3, 88, 100, 71234, 81559, 655.10, Active, Not Active, Not Active, Active
            2, Tesla T4, 41, [N/A], 0, 15360, [Not Supported], Not Active, Not Active, Not Active, Not Active

            """
        // Bytes come as the pipe gives them.
        let bytes = Array(text.utf8)
        let isNew = [report.append(bytes[..<20]), report.append(bytes[20...])]
        #expect(isNew == [false, true])
        #expect(report.devices.keys.sorted() == [0, 1, 2])
        let first = try #require(report.devices[0])
        #expect(first.label == "nvidia0" && first.name == "NVIDIA H100 80GB HBM3")
        #expect(first.celsius == 64 && first.utilisationPercent == 97 && first.milliwatts == 412_350)
        #expect(first.memory == .init(used: 71_234 << 20, total: 81_559 << 20))
        #expect(first.throttle == nil)
        #expect(report.devices[1]?.throttle == "heat")
        #expect(report.devices[2]?.utilisationPercent == nil && report.devices[2]?.milliwatts == nil)
        // What is said in words is no device.
        for line in [
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", "",
            "Field \"clocks_throttle_reasons.hw_slowdown\" is not a valid field to query.",
        ] { #expect(NvidiaReport.device(line) == nil) }
        // A name with a comma, and a device that has fallen off its bus.
        let odd = NvidiaReport.device(
            "3, Some, GPU, [Unknown Error], 1, 2, 3, 4, Not Active, Not Active, Active, Not Active")
        #expect(odd?.name == "Some, GPU" && odd?.celsius == nil && odd?.throttle == "power brake")
    }

    /// Devices in parts (MIG) say nothing of their load, some nothing of their memory; those that share the host's have none of their own.
    /// The fields that a driver can't fill say so in many words.
    @Test(
        arguments: [
            ("0, NVIDIA A800-SXM4-80GB, 33, [N/A], 36537, 81920, 87.04", nil, 36_537, 87_040),
            ("0, NVIDIA H100 NVL, 44, [N/A], [N/A], [N/A], 67.20", nil, nil, 67_200),
            ("0, NVIDIA GB10, 41, 12, [N/A], [N/A], 4.62", 12, nil, 4620),
            ("0, NVIDIA RTX 4000 Ada Generation, 68, 93, 1, 20475, [Unknown Error]", 93, 1, nil),
            ("0, GeForce GTX TITAN, 31, [Not Supported], 14, 6143, [Not Supported]", nil, 14, nil),
            ("0, Tesla M60, 31, [GPU requires reset], 14, 8129, [Insufficient Permissions]", nil, 14, nil),
        ] as [(String, UInt32?, UInt64?, UInt64?)])
    func whatADriverCannotTellIsNotTold(line: String, load: UInt32?, mebibytes: UInt64?, milliwatts: UInt64?) throws {
        for (dialect, rest) in [
            (NvidiaReport.Dialect.event, ", [N/A], [Not Supported], [N/A], [N/A]"), (.plain, ""),
        ] {
            let device = try #require(NvidiaReport.device(line + rest, dialect))
            #expect(device.celsius != nil && device.throttle == nil)
            #expect(device.utilisationPercent == load && device.milliwatts == milliwatts)
            #expect(device.memory?.used == mebibytes.map { $0 << 20 })
        }
    }

    /// One that falls off its bus is not shown with what it said last.
    @Test func aDeviceThatIsGoneIsForgotten() {
        var report = NvidiaReport(.plain)
        func line(_ index: Int) -> String { "\(index), NVIDIA L4, 50, 1, 2, 23034, 30.00\n" }
        _ = report.append((line(0) + line(1) + line(2)).utf8)
        let lost = "Unable to determine the device handle for GPU 0000:41:00.0: Unknown Error\n"
        _ = report.append((line(0) + lost + line(2)).utf8)
        #expect(report.devices.keys.sorted() == [0, 1, 2])
        _ = report.append(line(0).utf8)
        #expect(report.devices.keys.sorted() == [0, 2])
        // The same with one device alone: each line is a round.
        var single = NvidiaReport(.plain)
        for _ in 0..<3 { _ = single.append(line(0).utf8) }
        #expect(single.devices.keys.sorted() == [0])
    }

    @Test func eachDialectAsksForWhatItsDriverKnows() {
        let asked = NvidiaReport.Dialect.allCases.map { NvidiaReport.arguments($0, seconds: 5)[1] }
        #expect(asked[0].contains("clocks_throttle_reasons.hw_slowdown"))
        #expect(asked[1].contains("clocks_event_reasons.hw_slowdown"))
        #expect(
            asked[2]
                == "--query-gpu=index,name,temperature.gpu,utilization.gpu,memory.used,memory.total,power.draw")
    }

    /// The whole of it on a reactor: files of a tree, and a program that prints lines as NVIDIA's does, in its newer dialect only.
    @Test func newsComesOfItself() async throws {
        let root = try TemporaryFolder()
        try write(Self.intel, to: root)
        let program = root.path + "/nvidia-smi"
        try """
        #!/bin/sh
        case "$1" in *clocks_throttle_reasons*) echo 'Field "clocks_throttle_reasons.hw_slowdown" is not a valid field to query.'; exit 2 ;; esac
        echo '0, NVIDIA L4, 50, 1, 2, 23034, 30.00, Not Active, Not Active, Not Active, Not Active'
        exec sleep 600
        """.write(toFile: program, atomically: true, encoding: .utf8)
        #expect(Telemetry.nvidiaProgram(in: "/nowhere:\(root.path)") != program)
        chmod(program, 0o755)
        #expect(Telemetry.nvidiaProgram(in: "/nowhere:\(root.path):relative") == program)
        let reactor = try Reactor(name: "telemetry")
        let watched = Watched(reactor: reactor)
        try await watched.start(root: root.path, program: program)
        #expect(await eventually { await watched.labels() == ["cpu0", "nvidia0"] })
        await watched.stop()
        await reactor.shutdown()
    }

    private actor Watched {
        nonisolated let reactor: Reactor
        nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }
        private var telemetry: Telemetry?
        private var last: [DeviceState] = []

        init(reactor: Reactor) { self.reactor = reactor }

        func start(root: String, program: String) throws {
            telemetry = Telemetry(
                reactor: reactor, processGuard: try ProcessGuard(), buffer: ReadBuffer(), root: root,
                nvidiaProgram: program, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }

        func labels() -> [String] {
            let news = telemetry?.takeNews() ?? []
            if !news.isEmpty { last = news }
            return last.map(\.label)
        }

        func stop() {
            telemetry?.stop()
            telemetry = nil
        }
    }
}
