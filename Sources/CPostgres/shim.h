// libpq as it is; its diagnostic field codes are character macros that Swift does not import.
#pragma once
#include <libpq-fe.h>

static inline int sparc_pg_diag_sqlstate(void) { return PG_DIAG_SQLSTATE; }
static inline int sparc_pg_diag_constraint(void) { return PG_DIAG_CONSTRAINT_NAME; }
static inline int sparc_pg_diag_message(void) { return PG_DIAG_MESSAGE_PRIMARY; }
