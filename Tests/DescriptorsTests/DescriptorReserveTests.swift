import Descriptors
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct DescriptorReserveTests {
    @Test func `what is far from the limit is kept`() {
        let file = open("/dev/null", O_RDONLY)
        #expect(DescriptorReserve.keep(from: file) == file)
        #expect(fcntl(file, F_GETFD) >= 0)
        close(file)
    }

    @Test func `the last few are closed again, as if there were none`() throws {
        // A number of one's choice, so that the test takes no others' descriptors.
        for number in [DescriptorReserve.limit - DescriptorReserve.count, DescriptorReserve.limit - 1] {
            let file = open("/dev/null", O_RDONLY)
            let last = fcntl(file, F_DUPFD, Int32(number))
            close(file)
            try #require(last >= number)
            #expect(DescriptorReserve.keep(from: last) == -1)
            #expect(errno == EMFILE)
            #expect(fcntl(last, F_GETFD) == -1)
        }
    }

    @Test func `the one before the last few is kept`() throws {
        let file = open("/dev/null", O_RDONLY)
        let number = fcntl(file, F_DUPFD, Int32(DescriptorReserve.limit - DescriptorReserve.count - 1))
        close(file)
        try #require(number == DescriptorReserve.limit - DescriptorReserve.count - 1)
        #expect(DescriptorReserve.keep(from: number) == number)
        close(number)
    }

    @Test func `a failure stays what it was`() {
        let missing = open("/nowhere/at/all", O_RDONLY)
        #expect(DescriptorReserve.keep(from: missing) == -1)
        #expect(errno == ENOENT)
    }
}
