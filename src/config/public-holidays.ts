/**
 * The public holidays of France: articles L3133-1, L3134-13 (Alsace-Moselle) and L3422-2 (overseas) of the Code du travail.
 * A day is its `MM-DD`, or the number of days after Easter Sunday.
 */
import { easter } from 'date-easter'
import { Temporal } from 'temporal-polyfill'

const NATIONAL = ['01-01', 1, '05-01', '05-08', 39, 50, '07-14', '08-15', '11-01', '11-11', '12-25']

const REGIONS = {
  metropole: NATIONAL,
  'alsace-moselle': [...NATIONAL, -2, '12-26'],
  guadeloupe: [...NATIONAL, '05-27'],
  guyane: [...NATIONAL, '06-10'],
  martinique: [...NATIONAL, '05-22'],
  mayotte: [...NATIONAL, '04-27'],
  'la-reunion': [...NATIONAL, '12-20'],
}
export type HolidayRegion = keyof typeof REGIONS

export const HOLIDAY_REGIONS = Object.keys(REGIONS) as HolidayRegion[]

/** The public holidays of one year in a region, `YYYY-MM-DD`. */
export const publicHolidays = (region: HolidayRegion, year: number): ReadonlySet<string> => {
  const { month, day } = easter(year)
  const easterSunday = Temporal.PlainDate.from({ year, month, day })
  const fixed = easterSunday.toString().slice(0, -'MM-DD'.length)
  return new Set(REGIONS[region].map((holiday) => (typeof holiday === 'string' ? `${fixed}${holiday}` : easterSunday.add({ days: holiday }).toString())))
}
