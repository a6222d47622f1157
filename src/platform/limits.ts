/** Injection token of config/limits.json as read at the start. */
export const LIMITS = Symbol('limits');
