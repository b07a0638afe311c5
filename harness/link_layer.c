#include "link_layer.h"

#include <stdint.h>
#include <string.h>

/* What the filter compares four bytes of the IP header with; no header has such bytes in its own
 * comparisons. And where these bytes are: the time to live and what follows it. */
#define MARK_TEXT "0x6c646669"
enum { MARK = 0x6c646669, MARK_OFFSET = 8 };

/* What may stand between a link's own header and IP. */
static const char *const between[] = {
    "",          "vlan and ",         "vlan and vlan and ", "pppoes and ", "vlan and pppoes and ",
    "mpls and ", "vlan and mpls and "};

/* Is the mark compared here with what has been loaded? */
static bool compares(const struct bpf_insn *instruction)
{
    return instruction->k == MARK && (instruction->code == (BPF_JMP | BPF_JEQ | BPF_K) ||
                                      instruction->code == (BPF_LD | BPF_IMM));
}

/* Has the filter return where it would load four bytes from, less MARK_OFFSET and 1 more, so that 0
 * still says that it is no such packet. `load` is followed by two instructions at least; nothing
 * jumps between them. */
static bool replace(struct bpf_insn *load)
{
    const bpf_u_int32 place = load->k - MARK_OFFSET + 1;
    if (load->code == (BPF_LD | BPF_W | BPF_ABS)) {
        load[0] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, place);
        return true;
    }
    if (load->code != (BPF_LD | BPF_W | BPF_IND))
        return false;
    load[0] = (struct bpf_insn)BPF_STMT(BPF_MISC | BPF_TXA, 0);
    load[1] = (struct bpf_insn)BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, place);
    load[2] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_A, 0);
    return true;
}

/* A filter ends with: load four bytes; compare them with MARK; return. Where a header is of no
 * fixed length, libpcap stores what it has loaded before it compares. */
static bool patch(struct bpf_program *program)
{
    struct bpf_insn *all = program->bf_insns;
    for (unsigned i = 2; i + 1 < program->bf_len; i++)
        if (compares(&all[i]))
            return replace(&all[all[i - 1].code == BPF_ST ? i - 2 : i - 1]);
    return false;
}

/* Tries to make one more program: for a kind of packets that the link type may not have. False when
 * all have been tried. */
static bool try_next(struct harness_link_layer *layer)
{
    enum { KINDS = 2 * sizeof between / sizeof *between };
    _Static_assert((int)KINDS <= (int)HARNESS_LINK_PROGRAMS_MAX, "too many");
    char text[128];
    struct bpf_program *program = &layer->programs[layer->count];
    if (layer->tried == KINDS)
        return false;
    snprintf(text, sizeof text, "%s%s[%d:4] = " MARK_TEXT, between[layer->tried / 2],
             layer->tried % 2 == 0 ? "ip" : "ip6", (int)MARK_OFFSET);
    layer->tried++;
    if (pcap_compile(layer->capture, program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return true;
    if (patch(program))
        layer->count++;
    else
        pcap_freecode(program);
    return true;
}

bool harness_link_layer_open(struct harness_link_layer *layer, pcap_t *capture)
{
    layer->capture = capture;
    layer->count = layer->tried = 0;
    while (layer->count == 0 && try_next(layer))
        ;
    return layer->count > 0;
}

void harness_link_layer_free(struct harness_link_layer *layer)
{
    for (size_t i = 0; i < layer->count; i++)
        pcap_freecode(&layer->programs[i]);
    layer->count = 0;
}

size_t harness_link_layer_find(struct harness_link_layer *layer, const struct pcap_pkthdr *header,
                               const unsigned char *frame)
{
    for (size_t i = 0; i < layer->count || try_next(layer);) {
        if (i == layer->count)
            continue; /* the link type has no such packets */
        const int place = pcap_offline_filter(&layer->programs[i++], header, frame);
        if (place > 0)
            return (size_t)place - 1;
    }
    return SIZE_MAX;
}
