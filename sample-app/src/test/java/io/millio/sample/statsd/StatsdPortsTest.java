package io.millio.sample.statsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millio.sample.testkit.Lines;
import io.millio.sample.testkit.SampleTest;
import io.millio.spring.boot.context.MillServers;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

/** From the ports of the sample to its scrape. */
@SampleTest
class StatsdPortsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HttpClient http = HttpClient.newHttpClient();

    @Autowired
    MillServers servers;

    @LocalServerPort
    int port;

    private List<String> scrape() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/actuator/prometheus"))
                .timeout(PATIENCE)
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body().lines().toList();
    }

    private void awaitSamples(String... samples) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(scrape()).contains(samples));
    }

    @Test
    void whatComesAsDatagramsIsScraped() throws Exception {
        String metrics =
                "udp.hits:2|c|@0.5|#path:/a,beta\nudp.depth:3|g\nudp.depth:+4|g\nudp.took:250|ms\nudp.size:9|h\n"
                        + "udp.users:ann|s\nudp.users:bob|s\nnonsense";
        byte[] bytes = metrics.getBytes(StandardCharsets.UTF_8);
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(bytes, bytes.length, servers.localAddress("statsd-udp")));
        }
        awaitSamples(
                "statsd_udp_hits_total{beta=\"true\",path=\"/a\"} 4.0",
                "statsd_udp_depth 7.0",
                "statsd_udp_took_seconds_count 1",
                "statsd_udp_took_seconds_sum 0.25",
                "statsd_udp_size_sum 9.0",
                "statsd_udp_users 2.0",
                "statsd_lines_malformed_total{reason=\"format\"} 1.0");
    }

    @Test
    void whatComesAsLinesIsScraped() throws Exception {
        try (Lines client = new Lines(servers.localAddress("statsd-tcp"))) {
            for (int i = 0; i < 1000; i++) {
                client.send("tcp.hits:1|c\ntcp.users:" + i % 100 + "|s");
            }
            client.finish();
            assertThat(client.receive()).as("nothing is answered").isNull();
        }
        awaitSamples("statsd_tcp_hits_total 1000.0", "statsd_tcp_users 100.0");
    }
}
