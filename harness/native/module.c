#include "module.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- loading ---- */

struct search {
    struct native_module *module;
    const void *protocol;
    bool found;
    size_t thread_bytes; /* of variables that each thread has for itself */
};

static void add_segment(struct native_module *module, char *start, size_t bytes)
{
    const size_t max = sizeof module->segments / sizeof *module->segments;
    if (module->segment_count == max || bytes == 0)
        return;
    struct native_segment *segment = &module->segments[module->segment_count++];
    *segment = (struct native_segment){start, bytes, malloc(bytes)};
    if (segment->copy == NULL)
        abort();
    memcpy(segment->copy, start, bytes);
}

/* Variables of the module that each thread has for itself: this thread's. */
static void add_thread_variables(struct native_module *module, void *object, size_t bytes)
{
    struct {
        size_t module, offset;
    } index = {0, 0};
    extern void *__tls_get_addr(void *); /* the ABI's; it makes them, if nobody has used them yet */
    if (bytes > 0 && dlinfo(object, RTLD_DI_TLS_MODID, &index.module) == 0)
        add_segment(module, __tls_get_addr(&index), bytes);
}

/* The writable segments of the object that has the protocol, but for what the loader closes once
 * it has filled it in (RELRO). */
static int note_object(struct dl_phdr_info *info, size_t size, void *context)
{
    struct search *search = context;
    const char *base = (const char *)info->dlpi_addr; /* NOLINT(performance-no-int-to-ptr) */
    ElfW(Addr) closed_start = 0, closed_end = 0;
    bool is_it = false;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        const char *start = base + header->p_vaddr;
        is_it = is_it || (header->p_type == PT_LOAD && (const char *)search->protocol >= start &&
                          (const char *)search->protocol < start + header->p_memsz);
        if (header->p_type == PT_GNU_RELRO) {
            closed_start = header->p_vaddr;
            closed_end = header->p_vaddr + header->p_memsz;
        }
    }
    if (!is_it)
        return 0;
    search->found = true;
    search->module->base = base;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type == PT_TLS)
            search->thread_bytes = header->p_memsz;
        if (header->p_type != PT_LOAD || (header->p_flags & PF_W) == 0)
            continue;
        ElfW(Addr) start = header->p_vaddr;
        const ElfW(Addr) end = header->p_vaddr + header->p_memsz;
        if (start >= closed_start && start < closed_end)
            start = closed_end < end ? closed_end : end;
        add_segment(search->module, (char *)base + start, (size_t)(end - start));
    }
    return 1;
}

void native_module_unload(struct native_module *module)
{
    for (size_t i = 0; i < module->segment_count; i++)
        free(module->segments[i].copy);
    module->segment_count = 0;
}

bool native_module_load(struct native_module *module, const char *path, char *why, size_t why_bytes)
{
    *module = (struct native_module){.protocol = NULL};
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object == NULL) {
        snprintf(why, why_bytes, "%s", dlerror());
        return false;
    }
    module->protocol = dlsym(object, "ldfi_protocol");
    if (module->protocol == NULL) {
        snprintf(why, why_bytes,
                 "it defines no `const struct ldfi_protocol ldfi_protocol` (ldfi/protocol.h)");
        return false;
    }
    if (module->protocol->pre == NULL || module->protocol->post == NULL) {
        snprintf(why, why_bytes, "its ldfi_protocol has no promise: it needs .pre and .post");
        return false;
    }
    struct search search = {module, module->protocol, false, 0};
    dl_iterate_phdr(note_object, &search);
    add_thread_variables(module, object, search.thread_bytes);
    if (!search.found)
        snprintf(why, why_bytes, "its memory cannot be found");
    return search.found;
}
