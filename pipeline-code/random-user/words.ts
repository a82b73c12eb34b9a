/** What a made-up user is made of. Countries differ in what may break a reader: accents, letters in post codes, numbers as post codes. */
export interface Nation {
  readonly country: string;
  readonly first: { readonly female: readonly string[]; readonly male: readonly string[] };
  readonly last: readonly string[];
  readonly streets: readonly string[];
  /** City and state. */
  readonly places: readonly (readonly [city: string, state: string])[];
  /** `#` is a digit, `@` a letter. */
  readonly postcode: string;
  /** Whether the API gives the post code as a number. */
  readonly numericPostcode: boolean;
  readonly phone: string;
  readonly offset: string;
}

export const nations: Readonly<Record<string, Nation>> = {
  DE: {
    country: 'Germany',
    first: {
      female: ['Anna', 'Frieda', 'Greta', 'Jutta', 'Käthe', 'Lena', 'Marlene', 'Sabine', 'Ulrike', 'Zoë'],
      male: ['Björn', 'Dieter', 'Emil', 'Günther', 'Jonas', 'Jürgen', 'Konrad', 'Lukas', 'Moritz', 'Stefan'],
    },
    last: ['Bauer', 'Becker', 'Fuchs', 'Großmann', 'Hoffmann', 'König', 'Müller', 'Schäfer', 'Vogel', 'Weiß'],
    streets: ['Ahornweg', 'Bahnhofstraße', 'Birkenweg', 'Goethestraße', 'Hauptstraße', 'Lindenstraße', 'Mühlenweg'],
    places: [
      ['Bremen', 'Bremen'],
      ['Freiburg', 'Baden-Württemberg'],
      ['Leipzig', 'Sachsen'],
      ['Lübeck', 'Schleswig-Holstein'],
      ['Nürnberg', 'Bayern'],
    ],
    postcode: '#####',
    numericPostcode: true,
    phone: '0###-#######',
    offset: '+1:00',
  },
  ES: {
    country: 'Spain',
    first: {
      female: ['Alba', 'Carmen', 'Inés', 'Lucía', 'Mónica', 'Nuria', 'Pilar', 'Rocío', 'Sofía', 'Vega'],
      male: ['Adrián', 'Álvaro', 'Diego', 'Gonzalo', 'Hugo', 'Iván', 'Joaquín', 'Martín', 'Óscar', 'Raúl'],
    },
    last: ['Cano', 'Díez', 'Fernández', 'Gallego', 'Iglesias', 'Márquez', 'Núñez', 'Ortega', 'Peña', 'Vázquez'],
    streets: ['Avenida de la Albufera', 'Calle de Alcalá', 'Calle del Pez', 'Calle Mota', 'Paseo de Extremadura'],
    places: [
      ['A Coruña', 'Galicia'],
      ['Cádiz', 'Andalucía'],
      ['Gijón', 'Asturias'],
      ['Logroño', 'La Rioja'],
      ['Zaragoza', 'Aragón'],
    ],
    postcode: '#####',
    numericPostcode: true,
    phone: '9##-###-###',
    offset: '+1:00',
  },
  FR: {
    country: 'France',
    first: {
      female: ['Adèle', 'Camille', 'Chloé', 'Eléonore', 'Inès', 'Jeanne', 'Maëlys', 'Noémie', 'Solène', 'Zélie'],
      male: ['Anatole', 'Benoît', 'Clément', 'Gaël', 'Hugo', 'Jérôme', 'Loïc', 'Mathéo', 'Rémi', 'Théo'],
    },
    last: ['Andre', 'Bernard', 'Chevalier', "D'Aubigné", 'Fournier', 'Garnier', 'Lefèvre', 'Moreau', 'Picard', 'Roche'],
    streets: ['Avenue Joliot-Curie', 'Place du 8 Novembre 1942', "Rue de l'Abbaye", 'Rue Dugas-Montbel', 'Rue Pasteur'],
    places: [
      ['Aix-en-Provence', 'Bouches-du-Rhône'],
      ['Besançon', 'Doubs'],
      ['Nîmes', 'Gard'],
      ['Orléans', 'Loiret'],
      ['Saint-Étienne', 'Loire'],
    ],
    postcode: '#####',
    numericPostcode: true,
    phone: '0#-##-##-##-##',
    offset: '+1:00',
  },
  GB: {
    country: 'United Kingdom',
    first: {
      female: ['Abigail', 'Beth', 'Charlotte', 'Ella', 'Freya', 'Imogen', 'Matilda', 'Poppy', 'Rosalind', 'Willow'],
      male: ['Alfie', 'Callum', 'Duncan', 'Edward', 'Finlay', 'George', 'Harvey', 'Isaac', 'Rupert', 'Tristan'],
    },
    last: ['Ashworth', 'Barker', 'Cartwright', 'Ellis', 'Fletcher', "O'Connor", 'Pembroke', 'Stone', 'Turner', 'Wood'],
    streets: ['Albert Road', 'Church Lane', 'High Street', "King's Road", 'Mill Road', 'Station Road', 'The Green'],
    places: [
      ['Bath', 'Somerset'],
      ['Carlisle', 'Cumbria'],
      ['Dundee', 'Tayside'],
      ['Newport', 'Gwent'],
      ['Newry', 'County Down'],
    ],
    postcode: '@@# #@@',
    numericPostcode: false,
    phone: '01#### #####',
    offset: '0:00',
  },
  US: {
    country: 'United States',
    first: {
      female: ['Ada', 'Barbara', 'Denise', 'Evelyn', 'Grace', 'Hazel', 'Katherine', 'Loretta', 'Maya', 'Susan'],
      male: ['Alan', 'Brandon', 'Clifford', 'Douglas', 'Eugene', 'Leroy', 'Marcus', 'Ray', 'Terrance', 'Wyatt'],
    },
    last: ['Adams', 'Brewer', 'Coleman', 'Dixon', 'Freeman', 'Garza', 'Lawson', 'McCoy', 'Reynolds', 'Washington'],
    streets: ['Ash Dr', 'Cackson St', 'Depaul Dr', 'Edwards Rd', 'Lakeview St', 'Marsh Ln', 'Oak Lawn Ave', 'W 6th St'],
    places: [
      ['Boise', 'Idaho'],
      ['Grand Rapids', 'Michigan'],
      ['New Orleans', 'Louisiana'],
      ['Springfield', 'Missouri'],
      ['Winston-Salem', 'North Carolina'],
    ],
    postcode: '#####',
    numericPostcode: true,
    phone: '(###) ###-####',
    offset: '-6:00',
  },
};

export const adjectives = ['angry', 'big', 'blue', 'crazy', 'golden', 'happy', 'lazy', 'organic', 'silver', 'tiny'];
export const animals = ['bear', 'bird', 'cat', 'duck', 'fish', 'frog', 'goose', 'koala', 'lion', 'swan'];
