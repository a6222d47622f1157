/** Injection token of config/limits.json ; a reload replaces its content. */
export const LIMITS = Symbol('limits');
