import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuditSource } from '../access/audit/audit.js';

/** From where a request to the token endpoint came. */
export interface RequestSource {
  address: string;
  request_id: string;
}

/** The provider calls our adapter and grants without the request, so what they audit finds its source here. */
export const requestSource = new AsyncLocalStorage<RequestSource>();

/** The audit source of the request in progress. */
export const auditSource = (
  user: { id: number; username: string } | undefined,
  clientId: string | null,
): AuditSource => ({
  principal_type: user === undefined ? null : 'user',
  principal_id: user === undefined ? null : String(user.id),
  actor_username: user?.username ?? null,
  client_id: clientId,
  address: requestSource.getStore()?.address ?? null,
  request_id: requestSource.getStore()?.request_id ?? null,
});
