/* Capture files: pcap of either byte order and resolution, and pcapng, from a path or standard input. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <sys/stat.h>

#include "capture_priv.h"

/* Read at a time: stdio's own 4 KiB would be a system call for every third large packet. */
enum { FILE_BUFFER_BYTES = 64 * 1024 };

static const char *shown_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Standard input keeps the buffer that it has: its stream outlives every capture. */
static FILE *open_stream(const char *path, char *buffer, struct failure *failure)
{
    if (strcmp(path, "-") == 0) {
        return stdin;
    }
    FILE *stream = fopen(path, "rbe");
    if (stream == NULL) {
        (void)failure_set(failure, EXIT_STATUS_NO_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
        return NULL;
    }
    struct stat status;
    if (fstat(fileno(stream), &status) == 0 && S_ISDIR(status.st_mode)) {
        (void)failure_set(failure, EXIT_STATUS_NO_INPUT, "%s: is a folder, and a file was expected", path);
        (void)fclose(stream);
        return NULL;
    }
    (void)setvbuf(stream, buffer, _IOFBF, FILE_BUFFER_BYTES);
    return stream;
}

static pcap_t *open_pcap(const char *path, char *buffer, struct failure *failure)
{
    FILE *stream = open_stream(path, buffer, failure);
    if (stream == NULL) {
        return NULL;
    }
    char reason[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_MICRO, reason);
    if (pcap != NULL) {
        return pcap; /* and the stream is pcap's; it never closes standard input */
    }
    if (ferror(stream)) {
        (void)failure_set(failure, EXIT_STATUS_NO_INPUT, "%s: cannot be read: %s", shown_name(path), reason);
    } else {
        (void)failure_set(failure, EXIT_STATUS_NO_CAPTURE, "%s: is no capture file (pcap or pcapng): %s",
                          shown_name(path), reason);
    }
    if (stream != stdin) {
        (void)fclose(stream);
    }
    return NULL;
}

struct capture *capture_open_file(const char *path, const char *filter, bool (*link_known)(int link_type),
                                  struct counter_cell *counters, struct failure *failure)
{
    char *buffer = malloc(FILE_BUFFER_BYTES);
    if (buffer == NULL) {
        abort();
    }
    pcap_t *pcap = open_pcap(path, buffer, failure);
    if (pcap == NULL) {
        free(buffer);
        return NULL;
    }
    struct capture *capture = capture_wrap(pcap, shown_name(path), counters);
    capture->file_buffer = buffer;
    capture->link_type = pcap_datalink(pcap);
    if (!capture_check_link(capture, link_known, failure) ||
        !capture_compile(pcap, filter, &capture->filter, failure)) {
        capture_close(capture);
        return NULL;
    }
    capture->filtered = capture->filter.bf_len > 0;
    counter_add(counters, CAPTURE_FILES, 1);
    return capture;
}
