@main
struct FanfareCommand {
    static func main() {}
}
