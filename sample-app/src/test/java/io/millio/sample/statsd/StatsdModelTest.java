package io.millio.sample.statsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random lines, against a model that knows what they were made of, and never reads one. */
class StatsdModelTest {
    private static final Pattern SAMPLE = Pattern.compile("(statsd_\\w+(?:\\{.*})?) (\\S+)");
    private static final List<String> FAULTS = List.of(
            "",
            "x",
            ":",
            "|",
            "n:1",
            "n|c",
            ":1|c",
            "n:|c",
            "n:x|c",
            "n:1|",
            "n:1|q",
            "n:-1|c",
            "n:1|c|@2",
            "n:1|c|@x",
            "n:1|c|?",
            "n:1|c|#a,b,c,d,e,f,g,h,i,j,k",
            "n:1|c|#:",
            "_e{1,1}:a|b",
            "n:1e300|g");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final StatsdReceiver receiver = new StatsdReceiver(new StatsdMeters(registry), registry);

    private void receive(byte[] bytes) {
        receiver.receive(ByteBuffer.wrap(bytes), false);
    }

    private double total(String outcome) {
        return registry.find("statsd.lines." + outcome).counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    /** The values of all samples, by name and labels. */
    private Map<String, Double> scrape() {
        Map<String, Double> samples = new TreeMap<>();
        registry.scrape()
                .lines()
                .map(SAMPLE::matcher)
                .filter(Matcher::matches)
                .forEach(match -> samples.put(match.group(1), Double.valueOf(match.group(2))));
        samples.keySet()
                .removeIf(name -> name.startsWith("statsd_lines")
                        || name.startsWith("statsd_series")
                        || name.matches("statsd_\\w+_max(\\{.*)?"));
        return samples;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void metersSayWhatWasSent(long seed) {
        Random random = new Random(seed);
        Map<String, Double> model = new TreeMap<>();
        Map<String, Set<String>> sets = new TreeMap<>();
        int faults = 0;
        int accepted = 0;
        StringBuilder datagram = new StringBuilder();
        for (int i = 0; i < 2000; i++) {
            String fault = random.nextInt(5) == 0 ? FAULTS.get(random.nextInt(FAULTS.size())) : null;
            if (fault == null) {
                datagram.append(line(random, model, sets));
                accepted++;
            } else {
                datagram.append(fault);
                faults += fault.isEmpty() ? 0 : 1;
            }
            datagram.append(random.nextBoolean() ? "\n" : "\r\n");
            if (random.nextInt(10) == 0) {
                receive(datagram.toString().getBytes(StandardCharsets.UTF_8));
                datagram.setLength(0);
            }
        }
        receive(datagram.toString().getBytes(StandardCharsets.UTF_8));
        sets.forEach((name, members) -> model.put(name, (double) members.size()));
        Map<String, Double> scraped = scrape();
        assertThat(scraped.keySet()).as("seed %d", seed).isEqualTo(model.keySet());
        model.forEach((name, value) ->
                assertThat(scraped.get(name)).as("%s, seed %d", name, seed).isCloseTo(value, within(1e-6)));
        assertThat(total("malformed")).as("seed %d", seed).isEqualTo(faults);
        assertThat(total("accepted")).as("seed %d", seed).isEqualTo(accepted);
        assertThat(total("dropped")).as("seed %d", seed).isZero();
    }

    /** Makes a line, and tells the model what it is to do. */
    private static String line(Random random, Map<String, Double> model, Map<String, Set<String>> sets) {
        int value = random.nextInt(1000);
        String number = random.nextInt(4) == 0 ? value + ".0" : String.valueOf(value);
        List<Integer> tags =
                random.ints(random.nextInt(3), 0, 3).distinct().boxed().toList();
        String sent = tags.isEmpty()
                ? ""
                : "|#" + tags.stream().map(tag -> "t-" + tag + ":v" + tag).collect(Collectors.joining(","));
        String labels = tags.isEmpty()
                ? ""
                : tags.stream()
                        .sorted()
                        .map(tag -> "t_" + tag + "=\"v" + tag + '"')
                        .collect(Collectors.joining(",", "{", "}"));
        int times = List.of(1, 2, 10).get(random.nextInt(3));
        String rate = times == 1 ? "" : "|@" + 1.0 / times;
        String end = random.nextBoolean() ? rate + sent : sent + rate;
        switch (random.nextInt(6)) {
            case 0 -> {
                model.merge("statsd_a_counter_total" + labels, (double) value * times, Double::sum);
                return "a.counter:" + number + "|c" + end;
            }
            case 1 -> {
                model.put("statsd_a_gauge" + labels, (double) value);
                return "a/gauge:" + number + "|g" + end;
            }
            case 2 -> {
                model.merge("statsd_a_gauge" + labels, (double) -value, Double::sum);
                return "a_gauge:-" + number + "|g" + end;
            }
            case 3 -> {
                model.merge("statsd_a_timer_seconds_count" + labels, (double) times, Double::sum);
                model.merge("statsd_a_timer_seconds_sum" + labels, value * times / 1000.0, Double::sum);
                return "a.timer:" + number + "|ms" + end;
            }
            case 4 -> {
                model.merge("statsd_a_size_count" + labels, (double) times, Double::sum);
                model.merge("statsd_a_size_sum" + labels, (double) value * times, Double::sum);
                return "a.size:" + number + (random.nextBoolean() ? "|h" : "|d") + end;
            }
            default -> {
                sets.computeIfAbsent("statsd_a_set" + labels, name -> new HashSet<>())
                        .add(number);
                return "a.set:" + number + "|s" + end;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whateverTheNamesAreEveryScrapeSucceedsAndShowsThem(long seed) {
        Random random = new Random(seed);
        List<String> parts =
                List.of("a", "b", "total", "seconds", "max", "count", "sum", "bucket", "info", "created", "1", "A");
        List<String> keys = List.of("le", "quantile", "1", "x", "X", "_x", "x-y", "x.y", "__name__", "job");
        List<String> types = List.of("c", "g", "ms", "h", "d", "s");
        double counted = 0;
        for (int i = 0; i < 400; i++) {
            String name = random.ints(1 + random.nextInt(3), 0, parts.size())
                    .mapToObj(parts::get)
                    .collect(Collectors.joining(random.nextBoolean() ? "." : "_"));
            String tags = random.ints(random.nextInt(3), 0, keys.size())
                    .mapToObj(key -> keys.get(key) + ":" + random.nextInt(2))
                    .collect(Collectors.joining(",", "|#", ""));
            String type = types.get(random.nextInt(types.size()));
            double before = total("accepted");
            receive((name + ":1|" + type + tags).getBytes(StandardCharsets.US_ASCII));
            counted += type.matches("c|ms|h|d") ? total("accepted") - before : 0;
            if (i % 20 == 0) {
                double scraped = scrape().entrySet().stream()
                        .filter(sample -> isCount(sample.getKey()))
                        .mapToDouble(Map.Entry::getValue)
                        .sum();
                assertThat(scraped).as("after line %d, seed %d", i, seed).isGreaterThanOrEqualTo(counted);
            }
        }
        assertThat(total("accepted") + total("dropped") + total("malformed"))
                .as("seed %d", seed)
                .isEqualTo(400);
        assertThat(total("accepted")).as("seed %d", seed).isGreaterThan(50);
    }

    private static boolean isCount(String sample) {
        return sample.matches("statsd_\\w+_(total|count)(\\{.*)?");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void randomBytesAreCountedAndHarmNothing(long seed) {
        Random random = new Random(seed);
        String alphabet = "ab1.:|@#,+-cgmshd_\n\r ";
        int lines = 0;
        for (int i = 0; i < 3000; i++) {
            byte[] bytes = new byte[random.nextInt(60)];
            random.nextBytes(bytes);
            for (int at = 0; random.nextInt(8) != 0 && at < bytes.length; at++) {
                bytes[at] = (byte) alphabet.charAt((bytes[at] & 0xFF) % alphabet.length());
            }
            receive(bytes);
            for (String line : new String(bytes, StandardCharsets.ISO_8859_1).split("\n", -1)) {
                lines += line.isEmpty() || line.equals("\r") ? 0 : 1;
            }
        }
        assertThat(total("accepted") + total("malformed") + total("dropped"))
                .as("seed %d", seed)
                .isEqualTo(lines);
        assertThat(registry.scrape()).as("seed %d", seed).contains("statsd_lines_accepted_total ");
    }
}
