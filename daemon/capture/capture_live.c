/*
 * Interfaces. libpcap makes the ring (TPACKET_V3, for which immediate mode must stay off: a block of
 * packets is handed over when it is full or after the read time-out). libpcap has no call for fanout groups,
 * so the sockets are joined here.
 */
#include <errno.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/cutoff.h"
#include "capture_priv.h"

enum {
    READ_TIMEOUT_MS = 10,          /* how long the kernel may keep a packet in a block that is not full */
    STATE_CHECK_INTERVAL = 250000, /* microseconds */
};

/* Packet sockets of all interfaces at once have this name in libpcap. */
static const char all_interfaces[] = "any";

static bool fail_activation(pcap_t *pcap, const char *interface, int status, struct failure *failure)
{
    const char *detail = pcap_geterr(pcap);
    switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return failure_set(failure, EXIT_STATUS_NO_INPUT, "%s: no such interface", interface);
    case PCAP_ERROR_IFACE_NOT_UP:
        return failure_set(failure, EXIT_STATUS_NO_INPUT, "%s: the interface is down (ip link set %s up)",
                           interface, interface);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return failure_set(failure, EXIT_STATUS_NO_PERMISSION,
                           "%s: no permission to capture; root or CAP_NET_RAW is needed", interface);
    default:
        return failure_set(failure, EXIT_STATUS_RUNTIME, "%s: %s", interface,
                           *detail == '\0' ? pcap_statustostr(status) : detail);
    }
}

static bool activate(pcap_t *pcap, const char *interface, const struct capture_settings *settings,
                     struct failure *failure)
{
    bool all = strcmp(interface, all_interfaces) == 0;
    (void)pcap_set_snaplen(pcap, (int)settings->snaplen); /* these fail on active handles only */
    (void)pcap_set_buffer_size(pcap, (int)settings->ring_bytes);
    (void)pcap_set_timeout(pcap, READ_TIMEOUT_MS);
    (void)pcap_set_promisc(pcap, settings->promiscuous && !all);
    int status = pcap_activate(pcap);
    if (status < 0) {
        return fail_activation(pcap, interface, status, failure);
    }
    if (status > 0) {
        log_warning("%s: %s", interface, pcap_geterr(pcap));
    }
    char reason[PCAP_ERRBUF_SIZE] = "";
    if (pcap_setnonblock(pcap, 1, reason) != 0) {
        return failure_set(failure, EXIT_STATUS_RUNTIME, "%s: %s", interface, reason);
    }
    return true;
}

static bool set_filter(pcap_t *pcap, const char *interface, const char *filter, struct failure *failure)
{
    struct bpf_program program;
    if (!capture_compile(pcap, filter, &program, failure)) {
        return false;
    }
    bool set = program.bf_len == 0 || pcap_setfilter(pcap, &program) == 0;
    pcap_freecode(&program);
    return set || failure_set(failure, EXIT_STATUS_RUNTIME, "%s: filter '%s': %s", interface, filter,
                              pcap_geterr(pcap));
}

/*
 * The cut-off's filter takes the place of the operator's, of which a socket has one only: that is then looked
 * at here. It is compiled for a handle that is not live, as packets come here with their VLAN tag in its
 * place.
 */
static bool cut_off(struct capture *capture, const char *filter, const struct capture_settings *settings,
                    struct cutoff *cutoff, struct failure *failure)
{
    int program = cutoff_program(cutoff);
    if (capture->link_type != DLT_EN10MB ||
        setsockopt(pcap_fileno(capture->pcap), SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof program) != 0) {
        return true;
    }
    capture->cut_off = true;
    pcap_t *still = pcap_open_dead(capture->link_type, (int)settings->snaplen);
    bool good = still != NULL && capture_compile(still, filter, &capture->filter, failure);
    capture->filtered = good && capture->filter.bf_len > 0;
    if (still != NULL) {
        pcap_close(still);
    }
    return good;
}

static bool set_filters(struct capture *capture, const char *filter, const struct capture_settings *settings,
                        struct cutoff *cutoff, struct failure *failure)
{
    if (cutoff != NULL && !cut_off(capture, filter, settings, cutoff, failure)) {
        return false;
    }
    return capture->cut_off || set_filter(capture->pcap, capture->name, filter, failure);
}

static int bound_interface(pcap_t *pcap)
{
    struct sockaddr_ll bound = {0};
    socklen_t size = sizeof bound;
    if (getsockname(pcap_fileno(pcap), (struct sockaddr *)(void *)&bound, &size) != 0) {
        return 0;
    }
    return bound.sll_ifindex;
}

static struct capture *open_handle(const char *interface, const char *filter,
                                   const struct capture_settings *settings, struct cutoff *cutoff,
                                   bool (*link_known)(int link_type), struct counter_cell *counters,
                                   struct failure *failure)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_create(interface, reason);
    if (pcap == NULL) {
        (void)failure_set(failure, EXIT_STATUS_NO_INPUT, "%s: %s", interface, reason);
        return NULL;
    }
    struct capture *capture = capture_wrap(pcap, interface, counters);
    capture->live = true;
    if (!activate(pcap, interface, settings, failure)) {
        capture_close(capture);
        return NULL;
    }
    if (pcap_datalink(pcap) == DLT_LINUX_SLL) {
        /* The second version tells the interface of each packet; where libpcap is too old the first stays. */
        (void)pcap_set_datalink(pcap, DLT_LINUX_SLL2);
    }
    capture->link_type = pcap_datalink(pcap);
    if (!capture_check_link(capture, link_known, failure) ||
        !set_filters(capture, filter, settings, cutoff, failure)) {
        capture_close(capture);
        return NULL;
    }
    capture->interface_index = bound_interface(pcap);
    return capture;
}

/*
 * The first handle asks for a group of its own (PACKET_FANOUT_FLAG_UNIQUEID with id 0), the others join with
 * the id, mode and flags that the kernel tells of it; PACKET_FANOUT is packet(7)'s.
 */
static bool join_group(struct capture *const *group, size_t count, struct failure *failure)
{
    int request = (PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_UNIQUEID) << 16;
    for (size_t i = 0; i < count; i++) {
        int descriptor = pcap_fileno(group[i]->pcap);
        socklen_t size = sizeof request;
        if (setsockopt(descriptor, SOL_PACKET, PACKET_FANOUT, &request, sizeof request) != 0 ||
            getsockopt(descriptor, SOL_PACKET, PACKET_FANOUT, &request, &size) != 0) {
            return failure_set(failure, EXIT_STATUS_RUNTIME,
                               "%s: handle %zu cannot join the fanout group: %s", group[i]->name, i + 1,
                               strerror(errno));
        }
    }
    return true;
}

/* Drops of before this moment are those of a group that nobody read yet: they are not told. */
static void take_drop_base(struct capture *capture)
{
    struct pcap_stat now;
    if (pcap_stats(capture->pcap, &now) == 0) {
        capture->kernel_drops = now.ps_drop;
        capture->interface_drops = now.ps_ifdrop;
    }
}

bool capture_open_live(const char *interface, const char *filter, const struct capture_settings *settings,
                       struct cutoff *cutoff, bool (*link_known)(int link_type), size_t handles,
                       struct counter_cell *const *counters, struct capture **out, struct failure *failure)
{
    size_t opened = 0;
    while (opened < handles) {
        out[opened] = open_handle(interface, filter, settings, cutoff, link_known, counters[opened], failure);
        if (out[opened] == NULL) {
            break;
        }
        opened++;
    }
    if (opened < handles || (handles > 1 && !join_group(out, handles, failure))) {
        for (size_t i = 0; i < opened; i++) {
            capture_close(out[i]);
        }
        return false;
    }
    if (cutoff != NULL && !out[0]->cut_off) {
        log_warning("%s: capture.cutoff: kernel: %s; going on as worker", interface,
                    out[0]->link_type == DLT_EN10MB ? "the kernel does not take its filter"
                                                    : "it is for Ethernet alone");
    }
    int64_t realtime_us = clock_realtime_us();
    int64_t monotonic_us = clock_monotonic_us();
    for (size_t i = 0; i < handles; i++) {
        out[i]->group_first = i == 0;
        take_drop_base(out[i]);
        if (handles > 1) {
            capture_early_begin(&out[i]->early, realtime_us, monotonic_us, settings->ring_bytes);
        }
    }
    return true;
}

int capture_fd(const struct capture *capture)
{
    return pcap_get_selectable_fd(capture->pcap);
}

void capture_update_drops(struct capture *capture)
{
    struct pcap_stat now;
    if (!capture->live || pcap_stats(capture->pcap, &now) != 0) {
        return;
    }
    counter_add(capture->counters, CAPTURE_KERNEL_DROPS,
                capture_counter_rise(&capture->kernel_drops, now.ps_drop));
    uint32_t interface_rise = capture_counter_rise(&capture->interface_drops, now.ps_ifdrop);
    if (capture->group_first) {
        counter_add(capture->counters, CAPTURE_INTERFACE_DROPS, interface_rise);
    }
}

/* libpcap waits silently for an interface that was set down to come up again. The index is asked for and
 * not the name: an interface may be renamed under us. */
enum capture_status capture_live_idle(struct capture *capture)
{
    int64_t now_us = clock_monotonic_us();
    capture_early_empty(&capture->early, now_us);
    if (capture->interface_index == 0 || now_us - capture->state_checked_us < STATE_CHECK_INTERVAL) {
        return CAPTURE_MORE;
    }
    capture->state_checked_us = now_us;
    struct ifreq request = {.ifr_ifindex = capture->interface_index};
    int descriptor = pcap_fileno(capture->pcap);
    const char *what = NULL;
    if (ioctl(descriptor, SIOCGIFNAME, &request) != 0 || ioctl(descriptor, SIOCGIFFLAGS, &request) != 0) {
        what = "the interface is gone";
    } else if ((request.ifr_flags & IFF_UP) == 0) {
        what = "the interface went down";
    }
    if (what == NULL) {
        return CAPTURE_MORE;
    }
    (void)failure_set(&capture->failure, EXIT_STATUS_RUNTIME, "%s: %s", capture->name, what);
    return CAPTURE_LOST;
}
