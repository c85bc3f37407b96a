import { Migration } from '@mikro-orm/migrations';

/** Names of the regions of the United States and Canada by their letters, as rates and registrations may have them. */
const names = `
CA:AB:ALBERTA CA:BC:BRITISHCOLUMBIA CA:BC:COLOMBIEBRITANNIQUE CA:PE:ILEDUPRINCEEDOUARD CA:MB:MANITOBA
CA:NB:NEWBRUNSWICK CA:NL:NEWFOUNDLAND CA:NL:NEWFOUNDLANDANDLABRADOR CA:NT:NORTHWESTTERRITORIES CA:NB:NOUVEAUBRUNSWICK
CA:NS:NOUVELLEECOSSE CA:NS:NOVASCOTIA CA:NU:NUNAVUT CA:ON:ONTARIO CA:PE:PRINCEEDWARDISLAND CA:QC:QUEBEC
CA:SK:SASKATCHEWAN CA:NL:TERRENEUVEETLABRADOR CA:YT:TERRITOIREDUYUKON CA:NT:TERRITOIRESDUNORDOUEST CA:YT:YUKON
CA:YT:YUKONTERRITORY US:AL:ALABAMA US:AK:ALASKA US:AS:AMERICANSAMOA US:AZ:ARIZONA US:AR:ARKANSAS
US:AA:ARMEDFORCESAMERICAS US:AE:ARMEDFORCESEUROPE US:AP:ARMEDFORCESPACIFIC US:CA:CALIFORNIA US:CO:COLORADO
US:CT:CONNECTICUT US:DE:DELAWARE US:DC:DISTRICTOFCOLUMBIA US:FL:FLORIDA US:GA:GEORGIA US:GU:GUAM US:HI:HAWAII
US:ID:IDAHO US:IL:ILLINOIS US:IN:INDIANA US:IA:IOWA US:KS:KANSAS US:KY:KENTUCKY US:LA:LOUISIANA US:ME:MAINE
US:MD:MARYLAND US:MA:MASSACHUSETTS US:MI:MICHIGAN US:MN:MINNESOTA US:MS:MISSISSIPPI US:MO:MISSOURI US:MT:MONTANA
US:NE:NEBRASKA US:NV:NEVADA US:NH:NEWHAMPSHIRE US:NJ:NEWJERSEY US:NM:NEWMEXICO US:NY:NEWYORK US:NC:NORTHCAROLINA
US:ND:NORTHDAKOTA US:MP:NORTHERNMARIANAISLANDS US:OH:OHIO US:OK:OKLAHOMA US:OR:OREGON US:PA:PENNSYLVANIA
US:PR:PUERTORICO US:RI:RHODEISLAND US:SC:SOUTHCAROLINA US:SD:SOUTHDAKOTA US:TN:TENNESSEE US:TX:TEXAS
US:UM:USMINOROUTLYINGISLANDS US:VI:USVIRGINISLANDS US:UT:UTAH US:VT:VERMONT US:VA:VIRGINIA US:VI:VIRGINISLANDS
US:WA:WASHINGTON US:DC:WASHINGTONDC US:WV:WESTVIRGINIA US:WI:WISCONSIN US:WY:WYOMING
`;

const rows = names
  .trim()
  .split(/\s+/)
  .map((name) => `('${name.split(':').join("', '")}')`)
  .join(', ');

/** The same as a common table of queries: country, code, and the letters of a name. */
export const named = `named (country, code, letters) as (values ${rows})`;
const spelled = (row: string): string => `regexp_replace(normalize(upper(${row}.region), nfd), '[^A-Z]', '', 'g')`;

/** Regions that were written as names get their codes, as addresses are read now. */
export class RegionNames extends Migration {
  override name = '0079-region-names';

  override up(): void {
    const tables = [
      {
        table: 'tax_rates',
        same: `coalesce(o.tax_category, '') = coalesce(r.tax_category, '') and (o.jurisdiction in (r.jurisdiction, '') or r.jurisdiction = '')`,
      },
      { table: 'tax_registrations', same: 'o.legal_entity_id = r.legal_entity_id and o.scheme = r.scheme' },
    ];
    for (const { table, same } of tables) {
      this.addSql(`alter table ${table} no force row level security`);
      // Two spellings of one region would tax its buyers twice: the code stays, and of two names the earlier one.
      this.addSql(`
        with ${named} update ${table} r set archived_at = now(), updated_at = now() from named n
        where r.archived_at is null and r.country = n.country and r.region <> n.code and ${spelled('r')} = n.letters and exists (
          select from ${table} o where o.organization_id = r.organization_id and o.id <> r.id and o.archived_at is null
            and o.country = r.country and ${same} and daterange(o.valid_from, o.valid_to) && daterange(r.valid_from, r.valid_to)
            and (o.region = n.code or ((o.created_at, o.id) < (r.created_at, r.id) and exists (
              select from named m where m.country = o.country and m.code = n.code and m.letters = ${spelled('o')}))))
      `);
      this.addSql(`
        with ${named} update ${table} r set region = n.code from named n
        where r.archived_at is null and r.country = n.country and r.region <> n.code and ${spelled('r')} = n.letters
      `);
      this.addSql(`alter table ${table} force row level security`);
    }
  }
}
