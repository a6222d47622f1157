/** Nothing of our own environment: it holds secrets, and PG* variables that would bend the server. */
export const SMALL_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};
