package io.millio.sample.statsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.micrometer.core.instrument.Tags;
import io.millio.sample.statsd.MalformedLineException.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricParserTest {
    @ParameterizedTest
    @CsvSource(
            delimiterString = " = ",
            value = {
                "hits:1|c = hits COUNTER 1.0 1.0",
                "hits:+2.5|c|@0.1 = hits COUNTER 2.5 0.1",
                "temp:-3|g = temp GAUGE -3.0 1.0",
                "temp:1e3|g = temp GAUGE 1000.0 1.0",
                "took:12.5|ms|@.5 = took TIMER 12.5 0.5",
                "size:0|h = size SUMMARY 0.0 1.0",
                "size:3|d|T1656581400 = size SUMMARY 3.0 1.0",
                "size:3|d|c:ci-1|e:it|card:low = size SUMMARY 3.0 1.0",
                "api.v1/users-list_all:1|c = api.v1.users.list.all COUNTER 1.0 1.0",
                "..a..b..:1|c = a.b COUNTER 1.0 1.0",
                "hits.total:1|c = hits COUNTER 1.0 1.0",
                "hits_info_total:1|g = hits GAUGE 1.0 1.0",
                "took.seconds:1|ms = took TIMER 1.0 1.0",
                "took.seconds:1|g = took.seconds GAUGE 1.0 1.0",
                "5xx:1|c = 5xx COUNTER 1.0 1.0",
                "größe:1|c = gr.e COUNTER 1.0 1.0"
            })
    void aLineIsReadAndItsNameMadeOneThatPrometheusTakes(String line, String expected) throws Exception {
        Metric metric = MetricParser.parse(line);
        assertThat(metric.name() + ' ' + metric.type() + ' ' + metric.value() + ' ' + metric.rate())
                .isEqualTo(expected);
    }

    @Test
    void aSignMakesAGaugeRelativeAndNothingElse() throws Exception {
        assertThat(MetricParser.parse("a:+1|g").relative()).isTrue();
        assertThat(MetricParser.parse("a:-1|g").relative()).isTrue();
        assertThat(MetricParser.parse("a:1|g").relative()).isFalse();
        assertThat(MetricParser.parse("a:+1|c").relative()).isFalse();
    }

    @Test
    void aSetHasAnyText() throws Exception {
        assertThat(MetricParser.parse("users:ann:1,é|s|@0.5|#a:b").member()).isEqualTo("ann:1,é");
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " = ",
            value = {
                "a:b = a=b",
                "b:1,a:2 = a=2,b=1",
                "flag = flag=true",
                "flag:, = flag=true",
                "url:http://x/y = url=http://x/y",
                "a-b.c:1 = a_b_c=1",
                "__a__:1 = a=1",
                "le:1,quantile:2,5xx:3 = tag_5xx=3,tag_le=1,tag_quantile=2",
                "a:1,a:2 = a=2",
                "a:x\ty = a=x_y",
                "a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1,j:1 = a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1"
            })
    void tagsAreReadInTheOrderOfTheirKeys(String text, String expected) throws Exception {
        Tags tags = MetricParser.parse("n:1|c|#" + text).tags();
        assertThat(tags.stream().map(tag -> tag.getKey() + '=' + tag.getValue()))
                .containsExactly(expected.split(","));
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " = ",
            value = {
                "hits = FORMAT",
                ":|c = NAME",
                "hits:1 = FORMAT",
                "hits|c = FORMAT",
                "1|c:2 = FORMAT",
                "hits:1| = TYPE",
                "hits:1|x = TYPE",
                "hits:1|C = TYPE",
                "hits:1|c|c = FIELD",
                "_e{5,4}:title|text = TYPE",
                "_sc|check|0 = FORMAT",
                ":1|c = NAME",
                "...:1|c = NAME",
                "total:1|c = NAME",
                "info.bucket:1|g = NAME",
                "seconds:1|ms = NAME",
                "hits:|c = VALUE",
                "hits:x|c = VALUE",
                "hits:1 |c = VALUE",
                "hits:1:2|c = VALUE",
                "hits:1f|c = VALUE",
                "hits:0x1p3|c = VALUE",
                "hits:NaN|c = VALUE",
                "hits:Infinity|c = VALUE",
                "hits:1e999|c = VALUE",
                "hits:1e19|g = VALUE",
                "hits:-1|c = VALUE",
                "took:-1|ms = VALUE",
                "took:1e13|ms = VALUE",
                "size:-1|h = VALUE",
                "users:|s = VALUE",
                "hits:1|c|@ = RATE",
                "hits:1|c|@0 = RATE",
                "hits:1|c|@-0.5 = RATE",
                "hits:1|c|@1.1 = RATE",
                "hits:1|c|@NaN = RATE",
                "hits:1|c|@1e-300 = RATE",
                "took:1|ms|@0.009 = RATE",
                "hits:1|c|@1|@1 = FIELD",
                "hits:1|c|#a|#b = FIELD",
                "hits:1|c|x = FIELD",
                "hits:1|c| = FIELD",
                "hits:1|c|#a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1,j:1,k:1 = TAGS",
                "hits:1|c|#a:1,,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1,j:1,k:1 = TAGS",
                "hits:1|c|#:x = TAGS",
                "hits:1|c|#--:x = TAGS"
            })
    void aMalformedLineSaysWhy(String line, Reason reason) {
        MalformedLineException thrown =
                catchThrowableOfType(MalformedLineException.class, () -> MetricParser.parse(line));
        assertThat(thrown).as(line).isNotNull();
        assertThat(thrown.reason()).as(line).isEqualTo(reason);
    }

    @Test
    void lengthsAreBounded() throws Exception {
        String name = "n".repeat(StatsdLimits.NAME);
        String key = "k".repeat(StatsdLimits.TAG_KEY);
        String value = "v".repeat(StatsdLimits.TAG_VALUE);
        String member = "m".repeat(StatsdLimits.MEMBER);
        assertThat(MetricParser.parse(name + ":" + member + "|s|#" + key + ":" + value))
                .isNotNull();
        aMalformedLineSaysWhy(name + "n:1|c", Reason.NAME);
        aMalformedLineSaysWhy("n:1|c|#" + key + "k", Reason.TAGS);
        aMalformedLineSaysWhy("n:1|c|#k:" + value + "v", Reason.TAGS);
        aMalformedLineSaysWhy("n:" + member + "m|s", Reason.VALUE);
    }
}
