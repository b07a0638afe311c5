#include "link_layer.h"

#include <stdint.h>
#include <string.h>

/* What the filter compares four bytes of the IP header with; no header has such bytes in its own
 * comparisons. And where these bytes are: the time to live and what follows it. */
#define MARK_TEXT "0x6c646669"
enum { MARK = 0x6c646669, MARK_OFFSET = 8 };

/* What may stand between a link's own header and IP. */
static const char *const between[] = {"",
                                      "vlan and ",
                                      "vlan and vlan and ",
                                      "pppoes and ",
                                      "vlan and pppoes and ",
                                      "mpls and ",
                                      "vlan and mpls and "};

static bool is_load(const struct bpf_insn *instruction, int mode)
{
    return instruction->code == (BPF_LD | BPF_W | mode);
}

/* Changes a filter that ends with: load four bytes; are they MARK; return. It then returns where
 * these bytes are, and 1 more, so that 0 still says that it is no such packet. */
static bool patch(struct bpf_program *program)
{
    struct bpf_insn *all = program->bf_insns;
    for (unsigned i = 1; i + 1 < program->bf_len; i++) {
        const bool compares =
            all[i].code == (BPF_JMP | BPF_JEQ | BPF_K) && all[i].k == MARK && all[i].jt == 0;
        if (!compares || BPF_CLASS(all[i + 1].code) != BPF_RET)
            continue;
        if (is_load(&all[i - 1], BPF_ABS) && all[i - 1].k >= MARK_OFFSET) {
            const bpf_u_int32 place = all[i - 1].k - MARK_OFFSET + 1;
            all[i - 1] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, place);
            return true;
        }
        if (is_load(&all[i - 1], BPF_IND) && all[i - 1].k >= MARK_OFFSET) {
            const bpf_u_int32 place = all[i - 1].k - MARK_OFFSET + 1;
            all[i - 1] = (struct bpf_insn)BPF_STMT(BPF_MISC | BPF_TXA, 0);
            all[i] = (struct bpf_insn)BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, place);
            all[i + 1] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_A, 0);
            return true;
        }
    }
    return false;
}

/* Makes one program; nothing if the link type has no such packets. */
static void add(struct harness_link_layer *layer, pcap_t *capture, const char *before,
                const char *protocol)
{
    char text[128];
    struct bpf_program *program = &layer->programs[layer->count];
    snprintf(text, sizeof text, "%s%s[%d:4] = " MARK_TEXT, before, protocol, (int)MARK_OFFSET);
    if (pcap_compile(capture, program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return;
    if (patch(program))
        layer->count++;
    else
        pcap_freecode(program);
}

bool harness_link_layer_open(struct harness_link_layer *layer, pcap_t *capture)
{
    _Static_assert(2 * sizeof between / sizeof *between <= HARNESS_LINK_PROGRAMS_MAX, "too many");
    layer->count = 0;
    for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
        add(layer, capture, between[i], "ip");
        add(layer, capture, between[i], "ip6");
    }
    return layer->count > 0;
}

void harness_link_layer_free(struct harness_link_layer *layer)
{
    for (size_t i = 0; i < layer->count; i++)
        pcap_freecode(&layer->programs[i]);
    layer->count = 0;
}

size_t harness_link_layer_find(const struct harness_link_layer *layer,
                               const struct pcap_pkthdr *header, const unsigned char *frame)
{
    for (size_t i = 0; i < layer->count; i++) {
        const int place = pcap_offline_filter(&layer->programs[i], header, frame);
        if (place > 0)
            return (size_t)place - 1;
    }
    return SIZE_MAX;
}
