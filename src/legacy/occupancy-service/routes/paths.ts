/** The occupancy service stood at the root; `/api/v1/spaces` are ours. */
const LEGACY = /^\/space(?=[/?]|$)/;

export const isOccupancyPath = (url: string): boolean => LEGACY.test(url);

/** Routes without the prefix of the API. */
export const OCCUPANCY_ROUTES = [
  'space/new/occupancy/current/:current/max/:max',
  'space/new/occupancy/current/:current/max/:max/name/:name',
  'space/:id',
  'space/:id/increment',
  'space/:id/decrement',
  'space/:id/max/:max',
];

const CHANGE = /^(\/space\/[^/?]+\/(?:increment|decrement|max\/[^/?]+))\/(?=\?|$)/;

/** Its clients write the path of a change with and without a trailing slash: both are one route. */
export const withoutSlashAfterChange = (url: string): string => url.replace(CHANGE, '$1');
