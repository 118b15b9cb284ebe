import Hummingbird

/// Who may look. On loopback everybody on the host may; elsewhere whoever knows the token. A browser sends it once, by the login form, and
/// then a cookie that scripts can't read; other programs send `Authorization: Bearer TOKEN`.
///
/// On loopback the `Host` that a browser names must be this host: else a foreign page could reach the console under a name of its
/// own that resolves to 127.0.0.1 (DNS rebinding).
struct ConsoleAccess<Context: RequestContext>: RouterMiddleware {
    let token: String?

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await admitted(request, context: context, next: next)
        response.headers[.contentSecurityPolicy] =
            "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.cacheControl] = response.headers[.cacheControl] ?? "no-store"
        return response
    }

    private func admitted(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let token else {
            guard Self.isLoopback(request.head.authority ?? "") else {
                return Self.refusal(.forbidden, "this console answers to localhost, 127.0.0.1 and [::1] only")
            }
            return try await next(request, context)
        }
        if request.uri.path == "/login" || Self.isPublic(request.uri.path) { return try await next(request, context) }
        guard Self.token(of: request).map({ Self.isSame($0, token) }) == true else {
            return Self.refusal(.unauthorized, "log in, or send `Authorization: Bearer TOKEN`")
        }
        return try await next(request, context)
    }

    /// The page itself says nothing of the cluster.
    private static func isPublic(_ path: String) -> Bool {
        path == "/" || path.hasSuffix(".js") || path.hasSuffix(".css")
    }

    static func refusal(_ status: HTTPResponse.Status, _ reason: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: reason + "\n")))
    }

    private static func token(of request: Request) -> String? {
        if let header = request.headers[.authorization], header.hasPrefix("Bearer ") {
            return String(header.dropFirst(7))
        }
        return request.cookies["banquet"]?.value
    }

    /// Takes as long for a wrong token as for a right one.
    static func isSame(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        var difference = a.count ^ b.count
        for index in 0..<b.count { difference |= Int(b[index] ^ (index < a.count ? a[index] : 0)) }
        return difference == 0
    }

    static func isLoopback(_ authority: String) -> Bool {
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return ["localhost", "127.0.0.1", "[::1]"].contains(host)
    }
}
