/// The login of a development installation; refused in every other environment.
enum DevelopmentLogin {
    static let email = "admin@sparc.dev"
    static let password = "admin123"
    static let tenant = "development"
}
