#ifndef LDFI_HARNESS_VERSION_H
#define LDFI_HARNESS_VERSION_H

#ifdef LINEAGE_WITHOUT_ABSENCES
#define HARNESS_VERSION "0.4.0-without-absences" /* lineage/classical.h: only to compare with */
#else
#define HARNESS_VERSION "0.4.0"
#endif

#endif
