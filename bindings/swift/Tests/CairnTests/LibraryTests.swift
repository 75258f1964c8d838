import Cairn
import XCTest

final class LibraryTests: XCTestCase {
    /// A mismatch ends the process, and with it the test run.
    func test_the_library_and_the_package_are_of_one_build() {
        Library.load()
    }
}
