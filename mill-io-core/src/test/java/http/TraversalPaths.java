package http;

import static java.nio.file.Files.createDirectories;
import static java.nio.file.Files.createSymbolicLink;
import static java.nio.file.Files.writeString;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A tree of files with what must not be served around it and in it, and the paths by which one might try. */
final class TraversalPaths {
    /** A path and the status that it gets. */
    record Case(String path, int status) {
        @Override
        public String toString() {
            return path + " -> " + status;
        }
    }

    private static final String[] REFUSED = {
        "/..",
        "/../",
        "/../secret",
        "/../../etc/passwd",
        "/sub/../../secret",
        "/sub/deeper/../../../secret",
        "/./../secret",
        "/.././secret",
        "/../root/a.txt",
        "/../root-too/b.txt",
        "/%2e%2e/secret",
        "/%2E%2E/secret",
        "/.%2e/secret",
        "/%2e./secret",
        "/..%2fsecret",
        "/..%2Fsecret",
        "/%2e%2e%2fsecret",
        "/sub%2f..%2f..%2fsecret",
        "/sub%2findex.html",
        "/%2fetc%2fpasswd",
        "/%2Fetc/passwd",
        "/..%5csecret",
        "/%5c..%5csecret",
        "/sub%5c..%5c..%5csecret",
        "/%5C%5Chost%5Cshare",
        "/a.txt%00",
        "/a.txt%00.html",
        "/%00",
        "/..%00/secret",
        "/a.txt%0a",
        "/a.txt%0d%0aX:%20y",
        "/%7f",
        "/%1b",
        "/%c0%ae%c0%ae/secret",
        "/%c0%af..%c0%afsecret",
        "/..%c0%afsecret",
        "/%e0%80%af..%e0%80%afsecret",
        "/%ff",
        "/%ed%a0%80",
        "/..;/../secret",
        "//elsewhere.example/../../sub",
        "//elsewhere.example/%2e%2e/%2e%2e/sub",
    };

    private static final String[] NOT_FOUND = {
        "/%252e%252e/secret",
        "/..%252fsecret",
        "/%25%32%65%25%32%65/secret",
        "/...",
        "/.../secret",
        "/..%20/secret",
        "/%20../secret",
        "/..;/secret",
        "/%EF%BC%8E%EF%BC%8E/secret",
        "/%E2%80%A5/secret",
        "//etc/passwd",
        "//a.txt",
        "/sub//index.html",
        "/sub///",
        "/etc/passwd",
        "/proc/self/environ",
        "/dev/null",
        "/a.txt/",
        "/a.txt/.",
        "/a.txt/b",
        "/A.TXT%20",
        "/.hidden",
        "/%2ehidden",
        "/sub/.git/config",
        "/.well-known/x",
        "/~root/.profile",
        "/C:%20",
        "/C:/secret",
        "/a.txt::$DATA",
        "/outside",
        "/outside-dir/secret",
        "/outside-dir/",
        "/outside-relative",
        "/outside-by-a-chain",
        "/sub/index-outside/",
        "/null",
        "/loop",
        "/dangling",
        "/pipe",
        "/root/a.txt",
        "/to-root-too/b.txt",
    };

    private TraversalPaths() {}

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        for (String path : REFUSED) {
            // "/..;/.." comes back to the root, and would leave it only for one who cuts parameters off names.
            cases.add(new Case(path, path.startsWith("/..;/") ? 404 : 400));
        }
        for (String path : NOT_FOUND) {
            cases.add(new Case(path, 404));
        }
        return cases;
    }

    /** Returns the root, which is one of several things in the directory. */
    static Path makeTree(Path directory) throws IOException, InterruptedException {
        Path root = createDirectories(directory.resolve("root"));
        writeString(directory.resolve("secret"), "SECRET");
        writeString(createDirectories(directory.resolve("root-too")).resolve("b.txt"), "SECRET");
        files(root);
        links(root);
        new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start().waitFor();
        return root;
    }

    private static void files(Path root) throws IOException {
        createDirectories(root.resolve("sub/deeper"));
        writeString(createDirectories(root.resolve("sub/.git")).resolve("config"), "SECRET");
        writeString(createDirectories(root.resolve(".well-known")).resolve("x"), "SECRET");
        writeString(root.resolve(".hidden"), "SECRET");
        writeString(root.resolve("a.txt"), "the letter a\n");
        writeString(root.resolve("sub/index.html"), "<p>index</p>\n");
        for (String name : List.of("with blank.txt", "with%20blank.txt", "b%41.txt", "ä.txt", "a..b", "a:b")) {
            writeString(root.resolve(name), name);
        }
    }

    private static void links(Path root) throws IOException {
        createSymbolicLink(root.resolve("inside"), Path.of("a.txt"));
        createSymbolicLink(root.resolve("inside-dir"), Path.of("sub"));
        createSymbolicLink(root.resolve("inside-absolute"), root.resolve("a.txt"));
        createSymbolicLink(root.resolve("outside"), root.resolveSibling("secret"));
        createSymbolicLink(root.resolve("outside-dir"), root.getParent());
        createSymbolicLink(root.resolve("outside-relative"), Path.of("../secret"));
        createSymbolicLink(root.resolve("outside-by-a-chain"), Path.of("outside"));
        createSymbolicLink(root.resolve("to-root-too"), root.resolveSibling("root-too"));
        createSymbolicLink(
                createDirectories(root.resolve("sub/index-outside")).resolve("index.html"),
                root.resolveSibling("secret"));
        createSymbolicLink(root.resolve("null"), Path.of("/dev/null"));
        createSymbolicLink(root.resolve("loop"), Path.of("loop"));
        createSymbolicLink(root.resolve("dangling"), Path.of("none"));
    }
}
