/// What reports and the command line say they come from.
public enum BanquetVersion {
    /// As semantic versioning has it.
    public static let current = "0.1.0"
}
