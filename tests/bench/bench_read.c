/*
 * What reading alone costs: libpcap with an empty callback. Everything else is told as a multiple of it.
 *
 * usage: bench_read FILE
 */
#include <pcap/pcap.h>

#include "tests/bench/measure.h"

static void take(u_char *context, const struct pcap_pkthdr *header, const u_char *bytes)
{
    (void)header;
    (void)bytes;
    ++*(uint64_t *)(void *)context;
}

int main(int count, char **arguments)
{
    if (count != 2) {
        (void)fprintf(stderr, "usage: bench_read FILE\n");
        return EXIT_STATUS_USAGE;
    }
    char reason[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_open_offline(arguments[1], reason);
    if (pcap == NULL) {
        (void)fprintf(stderr, "%s\n", reason);
        return EXIT_STATUS_NO_INPUT;
    }
    uint64_t packets = 0;
    int64_t begun_us = measure_cpu_us();
    if (pcap_loop(pcap, -1, take, (u_char *)&packets) != 0) {
        (void)fprintf(stderr, "%s\n", pcap_geterr(pcap));
        return EXIT_STATUS_NO_CAPTURE;
    }
    pcap_close(pcap);
    measure_print("read", begun_us, packets);
    return EXIT_STATUS_GOOD;
}
