/* What runs where: M and C have code of their own, and everybody else is a replica. */
#ifndef PRIMARY_BACKUP_PROCESSES_H
#define PRIMARY_BACKUP_PROCESSES_H

#include "client.h"
#include "master.h"
#include "queue.h"

/* The rung's. */
static void replica_start(struct ldfi_node *node);
static void replica_message(struct ldfi_node *node, const struct ldfi_message *message);
static void primary_round(struct ldfi_node *node);

static bool is_master(const struct ldfi_node *node)
{
    return is_same(ldfi_name(node), "M");
}

static bool is_client(const struct ldfi_node *node)
{
    return is_same(ldfi_name(node), "C");
}

static void start(struct ldfi_node *node)
{
    if (is_master(node)) {
        master_start(node);
    } else if (!is_client(node)) {
        join(node);
        replica_start(node);
        ldfi_set_timer(node, "round", 1);
    }
}

static void message(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (is_master(node))
        master_message(node, message);
    else if (is_client(node))
        client_message(node, message);
    else if (message->from == NULL)
        queue_input(node, message);
    else
        replica_message(node, message);
}

/* A replica's round ends with what it does as a primary, if it is one by then. */
static void replica_round(struct ldfi_node *node)
{
    ldfi_set_timer(node, "round", 1);
    ldfi_scope(node); /* the next round comes whatever happens in this one */
    if (is_primary(node))
        primary_round(node);
#ifdef WATCHES /* c/checkpoint_promise.h */
    ldfi_scope(node);
    watch(node);
#endif
}

static void timer(struct ldfi_node *node, const char *name)
{
    if (is_same(name, "round")) {
        if (is_master(node))
            master_round(node);
        else
            replica_round(node);
    }
}

#endif
