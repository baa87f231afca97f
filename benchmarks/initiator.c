/* initiator FD: plays the kernel's side of a vhba control device on the SOCK_SEQPACKET socket FD.
 *
 * Each line of standard input is a job:  SECONDS OUTSTANDING OPERATION COUNT BYTES LAST
 *   OPERATION  tur, read10 (COUNT blocks), readcd (COUNT frames), readcdpw (COUNT frames with P-W)
 *   BYTES      length of a good reply; LAST: addresses wrap there
 * and is answered by one line:  COMMANDS SECONDS BAD MEDIAN_NS P95_NS
 * The latencies are from just before the write of the request to just after the read of the reply.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 64
#define SAMPLES 1000000

struct request { uint32_t tag, lun; uint8_t cdb[16]; uint8_t cdb_length, pad[3]; uint32_t length; };
struct response { uint32_t tag, status, length; };

static uint64_t sent[SLOTS], *samples;
static char reply[1 << 18];

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void build(struct request *r, const char *operation, uint32_t lba, uint32_t count, uint32_t bytes) {
    memset(r, 0, sizeof *r);
    r->length = bytes;
    r->cdb_length = 6;
    if (!strcmp(operation, "tur")) return;
    r->cdb[2] = lba >> 24; r->cdb[3] = lba >> 16; r->cdb[4] = lba >> 8; r->cdb[5] = lba;
    r->cdb[7] = count >> 8; r->cdb[8] = count;
    if (!strcmp(operation, "read10")) { r->cdb[0] = 0x28; r->cdb_length = 10; return; }
    r->cdb[0] = 0xBE; r->cdb_length = 12; r->cdb[9] = 0xF8;
    if (!strcmp(operation, "readcdpw")) r->cdb[10] = 1;
}

static void send_next(int fd, uint32_t tag, const char *op, uint32_t *lba, uint32_t n, uint32_t bytes, uint32_t last) {
    struct request r;
    if (*lba + n > last) *lba = 0;
    build(&r, op, *lba, n, bytes);
    *lba += n;
    r.tag = tag;
    sent[tag] = now();
    if (write(fd, &r, sizeof r) != sizeof r) { perror("initiator: write"); exit(1); }
}

int main(int argc, char **argv) {
    int fd = argc > 1 ? atoi(argv[1]) : -1;
    double seconds;
    unsigned outstanding, count, bytes, last;
    char op[16];
    samples = malloc(SAMPLES * sizeof *samples);
    while (scanf("%lf %u %15s %u %u %u", &seconds, &outstanding, op, &count, &bytes, &last) == 6) {
        uint64_t start = now(), end = start + (uint64_t)(seconds * 1e9), t = start;
        uint32_t lba = 0, pending = 0, tag;
        size_t done = 0, bad = 0, kept;
        for (tag = 0; tag < outstanding && tag < SLOTS; tag++, pending++)
            send_next(fd, tag, op, &lba, count, bytes, last);
        while (pending) {
            ssize_t got = read(fd, reply, sizeof reply);
            struct response *r = (struct response *)reply;
            if (got < (ssize_t)sizeof *r) { perror("initiator: read"); return 1; }
            t = now();
            samples[done++ % SAMPLES] = t - sent[r->tag];
            bad += r->status != 0 || r->length != bytes || got != (ssize_t)(bytes + sizeof *r);
            if (t < end) send_next(fd, r->tag, op, &lba, count, bytes, last); else pending--;
        }
        kept = done < SAMPLES ? done : SAMPLES;
        qsort(samples, kept, sizeof *samples, ascending);
        printf("%zu %.9f %zu %llu %llu\n", done, (t - start) / 1e9, bad,
               (unsigned long long)samples[kept / 2], (unsigned long long)samples[kept * 95 / 100]);
        fflush(stdout);
    }
    return 0;
}
