/** Injection token of the Config that the application was created with. */
export const CONFIG = Symbol('config');
