/** A text that depends on a number, by the categories of `Intl.PluralRules`. `{n}` stands for the number. */
export type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

/** Every text of the widget. A locale file holds them all; a site replaces single ones by the option `strings`. */
export interface Strings {
  readonly openChat: string;
  readonly openUnread: PluralForms;
  readonly closeChat: string;
  readonly minimise: string;
  readonly more: string;
  /** Name of the panel where the site sets none. */
  readonly title: string;
  readonly online: string;
  readonly away: string;
  /** For readers of the history by ear. */
  readonly conversation: string;
  readonly you: string;
  readonly team: string;
  /** Name of the text box. */
  readonly message: string;
  readonly placeholder: string;
  readonly send: string;
  readonly sending: string;
  readonly sent: string;
  readonly waiting: string;
  readonly failed: string;
  readonly retry: string;
  readonly discard: string;
  readonly unreadLine: string;
  /** The first screen of a site that has no welcome text. */
  readonly greeting: string;
  /** What a visitor may expect while somebody is there, and while nobody is. */
  readonly hereNotice: string;
  readonly awayNotice: string;
  /** When somebody is back: `{when}` stands for a day and a time. */
  readonly back: string;
  /** Asks for an address while nobody is there, once the visitor has written. */
  readonly awayEmail: string;
  readonly sendWithout: string;
  readonly reconnecting: string;
  readonly newMessages: string;
  /** `{n}` stands for the number, also in the next. */
  readonly charactersLeft: string;
  readonly tooLong: string;
  readonly forbidden: string;
  readonly slowDown: string;
  readonly truncated: string;
  readonly soundOn: string;
  readonly soundOff: string;
  readonly notifications: string;
  readonly transcript: string;
  readonly end: string;
  readonly endQuestion: string;
  readonly cancel: string;
  readonly intro: string;
  readonly name: string;
  readonly email: string;
  readonly optional: string;
  readonly start: string;
  readonly required: string;
  readonly emailInvalid: string;
  readonly newMessage: string;
  readonly ended: string;
  readonly startNew: string;
  readonly unavailable: string;
  /** Closes the greeting beside the launcher. */
  readonly dismiss: string;
}
