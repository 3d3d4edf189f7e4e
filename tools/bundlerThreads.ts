/**
 * Rolldown, inside Vite, now and then waits for itself for ever on machines with two cores (rolldown issues 10102, 10695).
 * More threads than cores make that rare; what is stuck all the same, `run` starts again. Import it before Vite.
 */
process.env['ROLLDOWN_WORKER_THREADS'] ??= '8'
process.env['ROLLDOWN_MAX_BLOCKING_THREADS'] ??= '64'
