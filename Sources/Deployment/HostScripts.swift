public import ConfigurationFiles
import Coordination

/// A service on a host, and what it is started with.
public enum HostService: Hashable, Sendable {
    case coordinator
    case worker(ClusterInventory.WorkerPlace, endpoint: String)

    public var name: String {
        switch self {
        case .coordinator: "coordinator"
        case .worker(let place, _): place.name.description
        }
    }

    public var role: String { if case .coordinator = self { "coordinator" } else { "worker" } }

    /// Arguments of `banquet worker` that the inventory decides.
    private static func options(_ place: ClusterInventory.WorkerPlace) -> [String] {
        var options = ["--host", place.address]
        if let slots = place.slots { options += ["--slots", "\(slots)"] }
        if let user = place.runsAs { options += ["--user", user] }
        return options + place.options
    }

    /// What a worker's unit reads, and what a worker's process was started with: a change of it is a change of the worker.
    var environment: String? {
        guard case .worker(let place, let endpoint) = self else { return nil }
        let words = Self.options(place).map { $0.contains(" ") ? "'\($0)'" : $0 }
        return "BANQUET_COORDINATOR=\(endpoint)\nBANQUET_WORKER_OPTIONS=\"\(words.joined(separator: " "))\"\n"
    }

    /// The service's arguments as shell words, for a host without systemd.
    var command: String {
        switch self {
        case .coordinator:
            return #"coordinator --config "$etc/cluster/coordinator.yaml" --keys "$keys" --state "$state""#
        case .worker(let place, let endpoint):
            let words = ["--coordinator", endpoint] + Self.options(place)
            let name = place.name.description
            return
                #"worker --name \#(name) --key "$keys/worker-\#(name).key" --work "$work/\#(name)" "#
                + words.map(ShellText.quoted).joined(separator: " ")
        }
    }

    /// By what the process is known among all others: a path that nobody else has.
    var mark: String {
        switch self {
        case .coordinator: #"--state $state"#
        case .worker(let place, _): #"--work $work/\#(place.name)"#
        }
    }

    var unit: String {
        switch self {
        case .coordinator: "banquet-coordinator.service"
        case .worker(let place, _): "banquet-worker@\(place.name).service"
        }
    }
}

/// A file that a service needs on its host.
public struct HostFile: Hashable, Sendable {
    public enum Place: Hashable, Sendable {
        case key(String)
        case configuration
    }

    public var place: Place
    public var text: String

    public init(_ place: Place, _ text: String) {
        self.place = place
        self.text = text
    }
}

/// The scripts that run on a host. Each begins with the same functions; what they print is `word value …`, a line for each fact.
struct HostScripts {
    let host: ClusterInventory.Host
    let service: HostService

    private var preamble: String {
        """
        set -eu
        umask 077
        export LC_ALL=C
        PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
        service=\(host.supervision.rawValue) name=\(service.name) unit=\(ShellText.quoted(service.unit))
        prefix=\(host.folder.map(ShellText.path) ?? #""$HOME/.banquet""#)
        fail() { printf '%s\\n' "$1" >&2; exit 1; }
        # Where everything is.
        if [ "$service" = auto ]; then
            if [ "$(id -u)" = 0 ] && [ -d /run/systemd/system ]; then service=systemd; else service=process; fi
        fi
        if [ "$service" = systemd ]; then
            [ -d /run/systemd/system ] || fail "systemd doesn't run on this host: say \\`service: process\\`"
            [ "$(id -u)" = 0 ] || fail "units are root's to install, and this is $(id -un): log in as root, or say \\`service: process\\`"
            prefix=/opt/banquet etc=/etc/banquet keys=/etc/banquet/keys state=/var/lib/banquet work=/var/lib/banquet-worker
        else
            etc=$prefix/etc keys=$prefix/keys state=$prefix/state work=$prefix/work
        fi
        mark="\(service.mark)"
        # The service's process; nothing where it doesn't run.
        pid() {
            if [ "$service" = systemd ]; then
                found=$(systemctl show -p MainPID --value "$unit" 2>/dev/null || true)
                [ "${found:-0}" = 0 ] || echo "$found"
                return 0
            fi
            found=$(cat "$prefix/run/$name.pid" 2>/dev/null || true)
            # A number that another process has by now is not ours.
            if [ -n "$found" ] && tr '\\0' ' ' <"/proc/$found/cmdline" 2>/dev/null | grep -qF -- "$mark "; then echo "$found"; fi
        }
        # The release that it runs.
        running() {
            exe=$(readlink "/proc/$1/exe" 2>/dev/null || true)
            case $exe in "$prefix"/releases/*) exe=${exe#"$prefix"/releases/}; echo "${exe%%/*}" ;; *) echo unknown ;; esac
        }
        words() {
            if [ "$service" = systemd ]; then journalctl -q _SYSTEMD_UNIT="$unit" -n 12 -o cat --no-pager 2>/dev/null || true
            else tail -n 12 "$prefix/log/$name.log" 2>/dev/null || true; fi
        }

        """
    }

    /// What there is: nothing is changed.
    var facts: String { preamble + Self.factLines }

    private static let factLines = """
        echo "service $service"
        echo "machine $(uname -m)"
        echo "prefix $prefix"
        for release in "$prefix"/releases/*/; do
            [ -x "$release/bin/banquet" ] && echo "release $(basename "$release")"
        done
        now=$(pid)
        if [ -n "$now" ]; then echo "pid $now"; echo "running $(running "$now")"; fi

        """

    /// Facts, and the files put in their places; with `isDry`, only those are named that would change.
    func preparing(_ files: [HostFile], isDry: Bool) -> String {
        var script =
            preamble + """
                dry=\(isDry ? "yes" : "")
                owner= configuration=$etc/cluster/coordinator.yaml
                # put PATH: standard input becomes its content, where it isn't so already.
                put() {
                    if [ -n "$dry" ]; then
                        if ! cmp -s - "$1" || [ "$(stat -c %a "$1")" != 600 ]; then echo "changes $1"; fi
                        return 0
                    fi
                    cat >"$1.new"
                    chmod 0600 "$1.new"
                    if [ -n "$owner" ]; then chown "$owner" "$1.new"; fi
                    if cmp -s "$1.new" "$1" && [ "$(stat -c %a "$1")" = 600 ]; then rm "$1.new"; return 0; fi
                    # For a way back.
                    if [ "$1" = "$configuration" ] && [ -e "$1" ]; then ln "$1" "$1.before"; fi
                    mv "$1.new" "$1"
                    echo "changes $1"
                }

                """
        if case .coordinator = service {
            script += """
                if [ "$service" = systemd ]; then
                    [ -n "$dry" ] || id -u banquet >/dev/null 2>&1 || useradd --system --home-dir /var/lib/banquet --shell /usr/sbin/nologin banquet
                    owner=banquet:banquet
                fi

                """
        }
        script += """
            if [ -z "$dry" ]; then
                mkdir -p "$prefix/releases" "$etc/cluster" "$etc/workers" "$keys"
                rm -f "$configuration.before"
                chmod 0755 "$prefix" "$prefix/releases" "$etc" "$etc/cluster"
                chmod 0700 "$keys"
                if [ -n "$owner" ]; then chown "$owner" "$keys"; fi
                if [ "$service" = process ]; then
                    mkdir -p "$prefix/run" "$prefix/log" "$prefix/cache" "$work"
                    # The jobs' user finds its way through.
                    chmod 0711 "$work"
                fi
                ln -sfn "$prefix/current/share/banquet/Specs" "$etc/Specs"
            fi

            """
        for file in files {
            switch file.place {
            case .key(let name): script += ShellText.feeding(file.text, to: "put \"$keys\"/\(ShellText.quoted(name))")
            case .configuration: script += ShellText.feeding(file.text, to: #"put "$configuration""#)
            }
        }
        if let environment = service.environment {
            script += ShellText.feeding(environment, to: #"put "$etc/workers/$name.env""#)
        }
        return script + Self.factLines
    }

    /// Unpacks the archive that is its standard input. A release is there whole, or not at all.
    func installing(_ release: Release) -> String {
        preamble + """
            umask 022
            cd "$prefix/releases"
            fresh=.\(release.name).new
            rm -rf "$fresh" "$fresh.tar.gz"
            cat >"$fresh.tar.gz"
            echo "\(release.digest)  $fresh.tar.gz" | sha256sum -c --status - || fail "the package arrived damaged"
            mkdir "$fresh"
            tar -xzf "$fresh.tar.gz" -C "$fresh" --strip-components 1 --no-same-owner
            rm "$fresh.tar.gz"
            "$fresh/bin/banquet" --version >/dev/null || { rm -rf "$fresh"; fail "its banquet doesn't run on this host"; }
            rm -rf \(ShellText.quoted(release.name))
            mv "$fresh" \(ShellText.quoted(release.name))

            """
    }

    /// Makes the preflight of a configuration by this release and its specs, before either is in force, as the user and with the cache of
    /// the coordinator. What it prints comes back, and its exit code; nothing stays but what was proved.
    func checking(_ configuration: String, _ release: Release) -> String {
        preamble + """
            release=\(ShellText.quoted(release.name))
            # The first stands in nobody's way.
            [ -e "$prefix/current" ] || ln -sfn "releases/$release" "$prefix/current"
            # Where it is going to lie, if the specs beside that are this release's; else with those that are.
            folder=$etc/cluster
            if [ "$(readlink "$prefix/current")" != "releases/$release" ]; then
                folder=$etc/next/cluster
                mkdir -p "$folder"
                chmod 0755 "$etc/next" "$folder"
                ln -sfn "$prefix/releases/$release/share/banquet/Specs" "$etc/next/Specs"
            fi
            candidate=$folder/\(Self.candidate)
            trap 'rm -rf "$etc/next" "$candidate"' EXIT
            cache=$prefix/cache as=

            """ + ShellText.feeding(configuration, to: #"cat >"$candidate""#) + """
                if [ "$service" = systemd ]; then
                    cache=/var/cache/banquet as="setpriv --reuid=banquet --regid=banquet --clear-groups"
                    install -d -o banquet -g banquet -m 0700 "$cache"
                    chown banquet "$candidate"
                fi
                cd "$folder"
                code=0
                BANQUET_CACHE="$cache" $as "$prefix/releases/$release/bin/banquet" preflight --config \(Self.candidate) </dev/null 2>&1 || code=$?
                exit "$code"

                """
    }

    /// The name of the file that is checked.
    static let candidate = ".next.yaml"

    /// Starts the service on the release that was in force before, with the configuration of then.
    func reverting(to release: String) -> String {
        preamble + """
            before=$etc/cluster/coordinator.yaml.before
            if [ -e "$before" ]; then mv "$before" "$etc/cluster/coordinator.yaml"; fi

            """ + starting(release)
    }

    /// Starts the service on this release, after an end of what ran.
    func starting(_ release: String) -> String {
        preamble + """
            release=\(ShellText.quoted(release))
            [ -x "$prefix/releases/$release/bin/banquet" ] || fail "there is no release $release any more"
            before=$(readlink "$prefix/current" 2>/dev/null || true)
            ln -sfn "releases/$release" "$prefix/current.new"
            mv -T "$prefix/current.new" "$prefix/current"
            # What was in force before stays for a way back, and what still runs; older ones go.
            for old in "$prefix"/releases/*/; do
                old=$(basename "$old")
                [ "$old" != "$release" ] && [ "releases/$old" != "$before" ] || continue
                ls -l /proc/[0-9]*/exe 2>/dev/null | grep -qF "$prefix/releases/$old/" || rm -rf "$prefix/releases/$old"
            done
            if [ "$service" = systemd ]; then
                install -D -m 644 "$prefix/current/lib/sysusers.d/banquet.conf" /etc/sysusers.d/banquet.conf
                systemd-sysusers
                for file in "$prefix"/current/lib/systemd/system/*.service; do
                    cmp -s "$file" "/etc/systemd/system/$(basename "$file")" || install -m 644 "$file" /etc/systemd/system/
                done
                systemctl daemon-reload
                systemctl enable --quiet "$unit"
                systemctl restart "$unit" || fail "systemd can't start $unit: $(words | tail -n 1)"
                sleep 1
                [ "$(systemctl is-active "$unit")" = active ] || fail "it ended at once: $(words | tail -n 1)"
            else
                \(Self.stopping)
                BANQUET_CACHE="$prefix/cache" setsid "$prefix/releases/$release/bin/banquet" \(service.command) </dev/null >>"$prefix/log/$name.log" 2>&1 &
                echo $! >"$prefix/run/$name.pid"
                sleep 1
                [ -n "$(pid)" ] || fail "it ended at once: $(words | tail -n 1)"
            fi
            now=$(pid)
            echo "pid $now"; echo "running $(running "$now")"

            """
    }

    /// Ends the service in good order, within a minute.
    func stopping() -> String {
        preamble + """
            if [ -z "$(pid)" ]; then echo "was stopped"; fi
            if [ "$service" = systemd ]; then
                systemctl disable --quiet "$unit" 2>/dev/null || true
                systemctl stop "$unit" 2>/dev/null || true
                [ -z "$(pid)" ] || fail "systemd can't stop $unit"
            else
                \(Self.stopping)
            fi

            """
    }

    /// Ends a worker, and takes its key and its arguments away. What its jobs left stays.
    func removing() -> String {
        stopping() + #"rm -f "$keys/worker-$name.key" "$etc/workers/$name.env""# + "\n"
    }

    private static let stopping = """
        old=$(pid)
        if [ -n "$old" ]; then
            kill -TERM "$old"
            tries=600
            while [ -n "$(pid)" ]; do
                tries=$((tries - 1))
                [ "$tries" -gt 0 ] || fail "process $old has not ended within a minute"
                sleep 0.1
            done
        fi
        rm -f "$prefix/run/$name.pid"
        """

    /// What the service said last.
    var lastWords: String { preamble + "words\n" }
}
