/* Counting clients; the estimate is Flajolet's HyperLogLog, with the occupied registers alone where many are
 * empty. */
#include "daemon/verdict/clients_priv.h"

#include "daemon/verdict/memory_priv.h"

enum { REGISTER_BITS = 10, REGISTERS = 1 << REGISTER_BITS };

struct clients_estimate {
    uint8_t registers[REGISTERS];
    uint64_t late[DETECTION_CLIENTS_MAX]; /* beyond the exact ones, not told yet */
    uint32_t late_count;
};

void clients_free(struct clients *clients)
{
    free(clients->exact);
    free(clients->estimate);
    *clients = (struct clients){0};
}

static bool contains(const uint64_t *items, size_t count, uint64_t item)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i] == item) {
            return true;
        }
    }
    return false;
}

static void registers_add(uint8_t *registers, uint64_t client)
{
    uint64_t rest = client >> REGISTER_BITS | UINT64_C(1) << (64 - REGISTER_BITS);
    uint8_t rank = (uint8_t)(1 + __builtin_ctzll(rest));
    uint8_t *at = &registers[client % REGISTERS];
    *at = rank > *at ? rank : *at;
}

static void add_late(struct clients *clients, uint64_t client)
{
    if (clients->estimate == NULL) {
        clients->estimate = memory_zeroed(1, sizeof *clients->estimate);
        for (size_t i = 0; i < clients->exact_count; i++) {
            registers_add(clients->estimate->registers, clients->exact[i]);
        }
    }
    struct clients_estimate *estimate = clients->estimate;
    registers_add(estimate->registers, client);
    if (estimate->late_count < DETECTION_CLIENTS_MAX &&
        !contains(estimate->late, estimate->late_count, client)) {
        estimate->late[estimate->late_count++] = client;
    }
}

bool clients_add(struct clients *clients, uint64_t client)
{
    if (contains(clients->exact, clients->exact_count, client)) {
        return false;
    }
    if (clients->exact_count == CLIENTS_EXACT_MAX) {
        add_late(clients, client);
        return false;
    }
    clients->exact =
        memory_grow(clients->exact, sizeof *clients->exact, clients->exact_count + 1, &clients->exact_room);
    clients->exact[clients->exact_count++] = client;
    return true;
}

/* So many clients are expected until `empty` registers are left: the coupon collector's sum. */
static double occupied_count(unsigned empty)
{
    double sum = 0;
    for (unsigned left = REGISTERS; left > empty; left--) {
        sum += 1.0 / left;
    }
    return REGISTERS * sum;
}

static uint64_t registers_count(const uint8_t *registers)
{
    double sum = 0;
    unsigned empty = 0;
    for (size_t i = 0; i < REGISTERS; i++) {
        sum += 1.0 / (double)(UINT64_C(1) << registers[i]);
        empty += registers[i] == 0;
    }
    double estimate = 0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS * REGISTERS / sum;
    return (uint64_t)(estimate <= 2.5 * REGISTERS && empty > 0 ? occupied_count(empty) : estimate);
}

static void registers_merge(uint8_t *into, const struct clients *clients)
{
    for (size_t i = 0; i < clients->exact_count; i++) {
        registers_add(into, clients->exact[i]);
    }
    for (size_t i = 0; clients->estimate != NULL && i < REGISTERS; i++) {
        uint8_t other = clients->estimate->registers[i];
        into[i] = other > into[i] ? other : into[i];
    }
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

uint64_t clients_count(const struct clients *own, const struct clients *lent)
{
    static const struct clients nobody;
    lent = lent == NULL ? &nobody : lent;
    uint64_t exact = own->exact_count;
    for (size_t i = 0; i < lent->exact_count; i++) {
        exact += !contains(own->exact, own->exact_count, lent->exact[i]);
    }
    uint64_t count = larger(exact, larger(own->carried, lent->carried));
    if (own->estimate != NULL || lent->estimate != NULL) {
        uint8_t registers[REGISTERS] = {0};
        registers_merge(registers, own);
        registers_merge(registers, lent);
        count = larger(count, registers_count(registers));
    }
    return count;
}

static uint32_t append_new(uint64_t *out, uint32_t count, const uint64_t *items, size_t item_count)
{
    for (size_t i = 0; i < item_count && count < DETECTION_CLIENTS_MAX; i++) {
        if (!contains(out, count, items[i])) {
            out[count++] = items[i];
        }
    }
    return count;
}

static uint32_t append_untold(const struct clients *clients, uint64_t *out, uint32_t count)
{
    if (clients->told < clients->exact_count) {
        count = append_new(out, count, clients->exact + clients->told, clients->exact_count - clients->told);
    }
    if (clients->estimate != NULL) {
        count = append_new(out, count, clients->estimate->late, clients->estimate->late_count);
    }
    return count;
}

uint32_t clients_untold(const struct clients *own, const struct clients *lent,
                        uint64_t out[DETECTION_CLIENTS_MAX])
{
    uint32_t count = append_untold(own, out, 0);
    return lent == NULL ? count : append_untold(lent, out, count);
}

void clients_mark_told(struct clients *clients)
{
    clients->told = clients->exact_count;
    if (clients->estimate != NULL) {
        clients->estimate->late_count = 0;
    }
}

void clients_carry(struct clients *clients)
{
    uint64_t count = clients_count(clients, NULL);
    clients_free(clients);
    clients->carried = count;
}

bool claimants_add(struct claimants *claimants, uint64_t client)
{
    uint32_t before = claimants_count(claimants);
    if (client == 0) {
        claimants->carried = claimants->carried == 0 ? 1 : claimants->carried;
    } else if (claimants->count < ARRAY_COUNT(claimants->clients) &&
               !contains(claimants->clients, claimants->count, client)) {
        claimants->clients[claimants->count++] = client;
    }
    return claimants_count(claimants) > before;
}

void claimants_merge(struct claimants *into, const struct claimants *from)
{
    for (size_t i = 0; i < from->count; i++) {
        claimants_add(into, from->clients[i]);
    }
    into->carried = from->carried > into->carried ? from->carried : into->carried;
}

uint32_t claimants_count(const struct claimants *claimants)
{
    return claimants->count > claimants->carried ? claimants->count : claimants->carried;
}

void claimants_carry(struct claimants *claimants)
{
    *claimants = (struct claimants){.carried = (uint8_t)claimants_count(claimants)};
}

size_t clients_memory_most(void)
{
    return CLIENTS_EXACT_MAX * sizeof(uint64_t) + sizeof(struct clients_estimate);
}
