export const FIRST_NAMES =
  'Amara Ben Chiara Daniel Elif Farah Gustav Hana Ivan Jana Kofi Lena Mateo Nadia Omar Priya Quentin Rosa Sven Tala Uma Viktor Wanda Xenia Yusuf Zoe Aino Bruno Céline Dmitri Esra Finn Greta Hugo Ines Jonas Katja Liam Mei Noah'.split(
    ' ',
  );

export const LAST_NAMES =
  'Okafor Lindqvist Moreau Tanaka Becker Khan Silva Novak Jensen Costa Petrov Haddad Müller Rossi Kowalski Andersen Dubois Nguyen Schmidt Pereira Yılmaz Ferrari Ivanova Olsen García Weber Larsen Popescu Horváth Sato Mensah Byrne Fischer Marino Virtanen'.split(
    ' ',
  );

export const CITIES = [
  ['United Kingdom', 'Bristol'],
  ['Germany', 'Leipzig'],
  ['France', 'Lyon'],
  ['Portugal', 'Porto'],
  ['Poland', 'Kraków'],
  ['Sweden', 'Malmö'],
] as const;

export const STREETS = [
  'Quay Street',
  'Station Road',
  'Mill Lane',
  'Park Avenue',
  'Market Square',
  'River Walk',
];

/** The staff of the demo, in the order in which they are made. */
export const STAFF = [
  { username: 'mara.lind', first_name: 'Mara', last_name: 'Lind', roles: ['manager'] },
  { username: 'tom.ashby', first_name: 'Tom', last_name: 'Ashby', roles: ['support'] },
  { username: 'aisha.rahman', first_name: 'Aisha', last_name: 'Rahman', roles: ['support'] },
  { username: 'lucas.meyer', first_name: 'Lucas', last_name: 'Meyer', roles: ['support'] },
  { username: 'yuki.mori', first_name: 'Yuki', last_name: 'Mori', roles: ['support'] },
];

const DEVICES = ['laptop', 'desktop PC', 'docking station', 'monitor', 'headset', 'phone', 'tablet'];
const PLACES = [
  'meeting room 2.14',
  'the third floor',
  'the reception',
  'the warehouse office',
  'the home office',
  'room 0.07',
];
const PROGRAMS = [
  'the mail client',
  'the time sheet',
  'the CRM',
  'the video calls',
  'the accounting software',
  'the VPN client',
];
const SINCE = [
  'Since this morning',
  'Since the update last night',
  'For about a week',
  'Since I came back from leave',
  'After the power cut',
];

export const WORDS = { device: DEVICES, place: PLACES, program: PROGRAMS, since: SINCE };

/** What people ask for: a title, what they write, and how much of their tickets is urgent. */
export const REQUESTS: readonly { title: string; texts: readonly string[]; urgency: number }[] = [
  {
    title: 'My {device} does not start',
    texts: [
      '{since} my {device} stays dark. I tried another socket.',
      '{since} the {device} beeps three times and then nothing happens.',
    ],
    urgency: 0.3,
  },
  {
    title: 'No network in {place}',
    texts: [
      '{since} nobody in {place} gets a connection, by cable or by Wi-Fi.',
      'The Wi-Fi in {place} drops every few minutes.',
    ],
    urgency: 0.5,
  },
  {
    title: 'Cannot sign in to {program}',
    texts: [
      '{since} {program} says that my password is wrong. It works everywhere else.',
      'I am locked out of {program} and have a call at two.',
    ],
    urgency: 0.3,
  },
  {
    title: 'New {device} for a colleague who starts on Monday',
    texts: [
      'Please prepare a {device} for our new colleague, to be picked up in {place}.',
      'We need a {device}, and access to {program} with it.',
    ],
    urgency: 0.05,
  },
  {
    title: 'Access to {program}',
    texts: [
      'I moved to another team and need {program} from now on. My manager has agreed.',
      'Please give me read access to {program}.',
    ],
    urgency: 0.05,
  },
  {
    title: 'The printer in {place} jams',
    texts: [
      '{since} every second page gets stuck.\nI took the paper out twice.',
      'It prints stripes, and the tray makes a noise.',
    ],
    urgency: 0.1,
  },
  {
    title: '{program} is slow',
    texts: [
      '{since} opening a record takes half a minute. Colleagues see the same.',
      '{since} I wait for every click.',
    ],
    urgency: 0.2,
  },
  {
    title: 'Suspicious e-mail',
    texts: [
      'Somebody asks me to confirm my password on a page that looks like ours. I did not click.',
      'I opened an attachment and now I am not sure about it.',
    ],
    urgency: 0.7,
  },
  {
    title: 'Badge does not open the door of {place}',
    texts: [
      '{since} the reader at {place} only blinks red.',
      'My badge works at the main door, but not at {place}.',
    ],
    urgency: 0.2,
  },
  {
    title: 'Restore a deleted folder',
    texts: [
      'By mistake I deleted the folder of our project. It was still there yesterday at noon.',
      '{since} a whole folder is missing from the team drive.',
    ],
    urgency: 0.4,
  },
];

/** Rooms of the demo's house; `busy_hour` is when most people come. */
export const ROOMS = [
  { name: 'Reading room', capacity: 80, over_capacity: 'refuse', busy_hour: 14 },
  { name: 'Cafeteria', capacity: 120, over_capacity: 'allow', busy_hour: 12 },
  { name: 'Workshop', capacity: 24, over_capacity: 'refuse', busy_hour: 15 },
  { name: 'Lecture hall', capacity: 90, over_capacity: 'allow', busy_hour: 10 },
] as const;
