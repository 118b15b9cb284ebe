// See the suites of VerificationTests, which hold the checks against an oracle.
import Testing
