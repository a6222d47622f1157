import type { SeededRandom } from './random.js';
import { CITIES, FIRST_NAMES, LAST_NAMES, STREETS } from './words.js';

const ascii = (name: string): string =>
  name.normalize('NFD').replace(/\p{M}/gu, '').replace(/ı/g, 'i').toLowerCase();

/** Believable employees; each e-mail and phone number once. */
export function makeEmployees(random: SeededRandom, count: number) {
  return Array.from({ length: count }, (_, index) => {
    const [first_name, last_name] = [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)];
    const [country, city] = random.pick(CITIES);
    return {
      first_name,
      last_name,
      nick_name: random.chance(0.1) ? first_name.slice(0, 3) : null,
      phone: `+44207946${String(1_000 + index).padStart(4, '0')}`,
      email: `${ascii(first_name)}.${ascii(last_name)}.${index + 1}@example.org`,
      birthday: `${random.between(1960, 2004)}-${String(random.between(1, 12)).padStart(2, '0')}-${String(random.between(1, 28)).padStart(2, '0')}`,
      country,
      city,
      address: `${random.between(1, 120)} ${random.pick(STREETS)}`,
    };
  });
}
