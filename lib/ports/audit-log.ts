import type { EventBody, EventRef } from '../core/audit.ts';

/**
 * Appends to this writer's own chain. Resolves once the event persists; a rejection means that the caller
 * must not go on (`audit_unavailable`).
 */
export interface AuditLog {
  append(body: EventBody): Promise<EventRef>;
}
