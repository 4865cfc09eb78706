package io.millio.spring.boot.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The rows of the tables of a page below {@code docs} whose first column is code; immutable. */
public final class DocumentedTable {
    private static final Pattern CODE = Pattern.compile("`([^`]*)`");

    private DocumentedTable() {}

    /** The cells of each row, as they are written. */
    public static List<List<String>> rows(String page) throws IOException {
        List<List<String>> rows = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("..", "docs", page))) {
            if (line.startsWith("| `")) {
                rows.add(Stream.of(line.substring(1, line.lastIndexOf('|')).split("\\|", -1))
                        .map(String::strip)
                        .toList());
            }
        }
        return rows;
    }

    /** What is written as code in a cell. */
    public static List<String> code(String cell) {
        return CODE.matcher(cell).results().map(result -> result.group(1)).toList();
    }
}
