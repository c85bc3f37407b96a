/**
 * SQL: whether a line `l` bills what its subscription has had since it was last taken up again. What is owed of a former life is
 * owed, and decides nothing of the present one.
 */
export const ofPresentLife = `exists (
  select from subscription_items p where p.organization_id = l.organization_id and p.id = l.subscription_item_id
    and p.active_from >= coalesce((select max(h.at) from subscription_changes h
      where h.organization_id = p.organization_id and h.subscription_id = p.subscription_id and h.field = 'status'
        and h.old_value #>> '{}' = 'canceled'), '-infinity'))`;
