-- What the migrations add up to. Made by `make schema`; a test holds it.
CREATE SCHEMA aftersale;

CREATE SCHEMA approvals;

CREATE SCHEMA card_keys;

CREATE SCHEMA carriers;

CREATE SCHEMA catalog;

CREATE SCHEMA chargebacks;

CREATE SCHEMA coupons;

CREATE SCHEMA court_orders;

CREATE SCHEMA credit;

CREATE SCHEMA developers;

CREATE SCHEMA disputes;

CREATE SCHEMA dormancy;

CREATE SCHEMA events;

CREATE SCHEMA freight;

CREATE SCHEMA identity;

CREATE SCHEMA inventory;

CREATE SCHEMA kit;

CREATE SCHEMA ledger;

CREATE SCHEMA media;

CREATE SCHEMA onboarding;

CREATE SCHEMA orders;

CREATE SCHEMA packets;

CREATE SCHEMA payments;

CREATE SCHEMA periods;

CREATE SCHEMA porting;

CREATE SCHEMA reconciliation;

CREATE SCHEMA reviews;

CREATE SCHEMA rulebook;

CREATE SCHEMA sandbox;

CREATE SCHEMA search;

CREATE SCHEMA settlement;

CREATE SCHEMA shops;

CREATE SCHEMA storefronts;

CREATE SCHEMA supervision;

CREATE SCHEMA twin;

CREATE SCHEMA webhooks;

CREATE SCHEMA wire;

CREATE SCHEMA word_rules;

CREATE FUNCTION catalog.title_mark(title text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN NULLIF(lower(regexp_replace((NORMALIZE(title, NFKC) COLLATE pg_c_utf8), '[^[:alnum:]]'::text, ''::text, 'g'::text)), ''::text);

CREATE FUNCTION inventory.is_sum_of(shelves jsonb, on_hand bigint, held bigint, sold bigint, shut bigint) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT ((sum(((s.value ->> 0))::bigint) = (is_sum_of.on_hand)::numeric) AND (sum(((s.value ->> 1))::bigint) = (is_sum_of.held)::numeric) AND (sum(((s.value ->> 2))::bigint) = (is_sum_of.sold)::numeric) AND (sum(CASE WHEN ((s.value ->> 3))::boolean THEN (0)::bigint ELSE (((s.value ->> 0))::bigint - ((s.value ->> 1))::bigint) END) = (is_sum_of.shut)::numeric) AND bool_and(((0 <= ((s.value ->> 1))::bigint) AND (((s.value ->> 1))::bigint <= ((s.value ->> 0))::bigint) AND (0 <= ((s.value ->> 2))::bigint)))) FROM jsonb_each(is_sum_of.shelves) s(key, value));

CREATE FUNCTION kit.shard_of(id uuid) RETURNS smallint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ((get_byte(uuid_send(id), 15) & 63))::smallint;

CREATE FUNCTION packets.commitment_of(id uuid, nonce bytea, parts integer[]) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN sha256(convert_to((((((id)::text || ' '::text) || encode(nonce, 'hex'::text)) || ' '::text) || array_to_string(parts, ','::text)), 'UTF8'::name));

CREATE FUNCTION packets.total(parts integer[]) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT COALESCE(sum(p.part), (0)::bigint) AS "coalesce" FROM unnest(total.parts) p(part));

CREATE TABLE aftersale.cases (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    line smallint NOT NULL,
    shop_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    order_number text NOT NULL,
    shop_name text NOT NULL,
    buyer_name text NOT NULL,
    item jsonb NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    quantity integer NOT NULL,
    withheld integer DEFAULT 0 NOT NULL,
    amount bigint NOT NULL,
    reason text NOT NULL,
    words text NOT NULL,
    proof jsonb DEFAULT '[]'::jsonb NOT NULL,
    offered_kind text,
    offered_amount bigint,
    answer text DEFAULT ''::text NOT NULL,
    answer_proof jsonb DEFAULT '[]'::jsonb NOT NULL,
    return_address jsonb,
    return_carrier text,
    return_number text,
    reship_carrier text,
    reship_number text,
    refund_id uuid,
    due_at timestamp with time zone,
    asked_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    ended_at timestamp with time zone,
    wanted jsonb,
    reserved integer DEFAULT 0 NOT NULL,
    freight_by text,
    suspended_at timestamp with time zone,
    hold smallint DEFAULT 1 NOT NULL,
    return_delivered_at timestamp with time zone,
    reply text DEFAULT ''::text NOT NULL,
    reply_proof jsonb DEFAULT '[]'::jsonb NOT NULL,
    said_last text,
    buyer_replies smallint DEFAULT 0 NOT NULL,
    shop_replies smallint DEFAULT 0 NOT NULL,
    asked_amount bigint,
    CONSTRAINT cases_amount_is_not_negative CHECK ((amount >= 0)),
    CONSTRAINT cases_answer_length CHECK ((length(answer) <= 500)),
    CONSTRAINT cases_answer_proof_length CHECK ((jsonb_array_length(answer_proof) <= 9)),
    CONSTRAINT cases_asked_amount_is_positive CHECK ((asked_amount > 0)),
    CONSTRAINT cases_buyer_replies_range CHECK (((buyer_replies >= 0) AND (buyer_replies <= 40))),
    CONSTRAINT cases_countered_have_an_offer CHECK (((state <> ALL (ARRAY['countered'::text, 'return_countered'::text])) OR ((offered_kind IS NOT NULL) AND (offered_amount IS NOT NULL)))),
    CONSTRAINT cases_delivered_returns_have_a_parcel CHECK (((return_delivered_at IS NULL) OR (return_number IS NOT NULL))),
    CONSTRAINT cases_ended_when_over CHECK (((ended_at IS NOT NULL) = (state = ANY (ARRAY['reshipped'::text, 'refunded'::text, 'withdrawn'::text, 'expired'::text, 'dismissed'::text, 'given_back'::text])))),
    CONSTRAINT cases_freight_by_is_known CHECK ((freight_by = ANY (ARRAY['buyer'::text, 'merchant'::text]))),
    CONSTRAINT cases_hold_is_not_negative CHECK ((hold >= 0)),
    CONSTRAINT cases_kind_is_known CHECK ((kind = ANY (ARRAY['cancel'::text, 'refund'::text, 'return'::text, 'exchange'::text, 'reship'::text]))),
    CONSTRAINT cases_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(order_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT cases_offered_amount_is_not_negative CHECK ((offered_amount >= 0)),
    CONSTRAINT cases_open_have_a_clock CHECK (((due_at IS NOT NULL) = (state = ANY (ARRAY['asked'::text, 'countered'::text, 'refused'::text, 'agreed'::text, 'to_return'::text, 'returning'::text, 'return_countered'::text, 'return_refused'::text, 'returned'::text, 'to_give_back'::text])))),
    CONSTRAINT cases_proof_length CHECK ((jsonb_array_length(proof) <= 9)),
    CONSTRAINT cases_quantity_range CHECK (((quantity >= 1) AND (quantity <= 999))),
    CONSTRAINT cases_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 40))),
    CONSTRAINT cases_refunds_have_an_amount CHECK (((state <> ALL (ARRAY['refunding'::text, 'refunded'::text])) OR ((refund_id IS NOT NULL) AND (amount > 0)))),
    CONSTRAINT cases_reply_length CHECK ((length(reply) <= 500)),
    CONSTRAINT cases_reply_proof_length CHECK ((jsonb_array_length(reply_proof) <= 9)),
    CONSTRAINT cases_reserve_what_is_sent CHECK ((((reserved = 0) OR (reserved = quantity)) AND ((reserved = 0) OR (due_at IS NOT NULL) OR (state = 'disputed'::text)))),
    CONSTRAINT cases_reship_carrier_length CHECK (((length(reship_carrier) >= 1) AND (length(reship_carrier) <= 40))),
    CONSTRAINT cases_reship_number_length CHECK (((length(reship_number) >= 1) AND (length(reship_number) <= 40))),
    CONSTRAINT cases_reshipped_have_a_parcel CHECK (((state <> ALL (ARRAY['reshipped'::text, 'given_back'::text])) OR ((reship_carrier IS NOT NULL) AND (reship_number IS NOT NULL)))),
    CONSTRAINT cases_return_address_length CHECK ((length((return_address)::text) <= 2000)),
    CONSTRAINT cases_return_carrier_length CHECK (((length(return_carrier) >= 1) AND (length(return_carrier) <= 40))),
    CONSTRAINT cases_return_number_length CHECK (((length(return_number) >= 1) AND (length(return_number) <= 40))),
    CONSTRAINT cases_said_last_is_known CHECK ((said_last = ANY (ARRAY['buyer'::text, 'merchant'::text]))),
    CONSTRAINT cases_sent_back_have_a_parcel CHECK (((state <> ALL (ARRAY['returning'::text, 'return_countered'::text, 'return_refused'::text, 'to_give_back'::text, 'given_back'::text])) OR ((return_carrier IS NOT NULL) AND (return_number IS NOT NULL)))),
    CONSTRAINT cases_shop_replies_range CHECK (((shop_replies >= 0) AND (shop_replies <= 40))),
    CONSTRAINT cases_state_is_known CHECK ((state = ANY (ARRAY['asked'::text, 'countered'::text, 'refused'::text, 'disputed'::text, 'agreed'::text, 'to_return'::text, 'returning'::text, 'return_countered'::text, 'return_refused'::text, 'returned'::text, 'to_give_back'::text, 'reshipped'::text, 'refunding'::text, 'refunded'::text, 'withdrawn'::text, 'expired'::text, 'dismissed'::text, 'given_back'::text]))),
    CONSTRAINT cases_suspended_while_open CHECK (((suspended_at IS NULL) OR (state = ANY (ARRAY['asked'::text, 'countered'::text, 'refused'::text, 'disputed'::text, 'agreed'::text, 'to_return'::text, 'returning'::text, 'return_countered'::text, 'return_refused'::text, 'returned'::text, 'to_give_back'::text])))),
    CONSTRAINT cases_wanted_length CHECK ((length((wanted)::text) <= 4000)),
    CONSTRAINT cases_withhold_what_they_are_about CHECK ((((withheld >= 0) AND (withheld <= quantity)) AND ((withheld = 0) OR (kind = 'cancel'::text)))),
    CONSTRAINT cases_words_length CHECK ((length(words) <= 500))
)
WITH (fillfactor='80');

CREATE VIEW aftersale.public_cases AS
 SELECT shard,
    id,
    shop_id,
    asked_at
   FROM aftersale.cases;

CREATE VIEW aftersale.public_suspended AS
 SELECT shard,
    id AS case_id,
    suspended_at
   FROM aftersale.cases
  WHERE (suspended_at IS NOT NULL);

CREATE VIEW aftersale.public_to_give_back AS
 SELECT shard,
    id AS case_id,
    shop_id
   FROM aftersale.cases
  WHERE ((state = 'to_give_back'::text) AND (ended_at IS NULL));

CREATE TABLE aftersale.return_addresses (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    address jsonb NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT return_addresses_length CHECK ((length((address)::text) <= 2000)),
    CONSTRAINT return_addresses_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id)))
);

CREATE TABLE approvals.proposals (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    deed jsonb NOT NULL,
    hash bytea NOT NULL,
    reason text NOT NULL,
    maker_id uuid NOT NULL,
    state text NOT NULL,
    proposed_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    checker_id uuid,
    decided_at timestamp with time zone,
    note text NOT NULL,
    CONSTRAINT proposals_decided_have_a_checker CHECK (((state = ANY (ARRAY['approved'::text, 'failed'::text, 'rejected'::text])) = (checker_id IS NOT NULL))),
    CONSTRAINT proposals_ended_have_a_time CHECK (((state = 'proposed'::text) = (decided_at IS NULL))),
    CONSTRAINT proposals_hash_length CHECK ((octet_length(hash) = 32)),
    CONSTRAINT proposals_live_in_their_shard CHECK ((shard = kit.shard_of(id))),
    CONSTRAINT proposals_need_two_persons CHECK ((checker_id <> maker_id)),
    CONSTRAINT proposals_note_length CHECK ((length(note) <= 500)),
    CONSTRAINT proposals_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT proposals_state_is_known CHECK ((state = ANY (ARRAY['proposed'::text, 'approved'::text, 'failed'::text, 'rejected'::text, 'withdrawn'::text])))
);

CREATE VIEW approvals.public_compensations AS
 SELECT shard,
    id,
    ((deed ->> 'case_id'::text))::uuid AS case_id,
    ((deed ->> 'order_id'::text))::uuid AS order_id,
    ((deed ->> 'amount'::text))::bigint AS amount,
    state,
    proposed_at,
    expires_at,
    decided_at
   FROM approvals.proposals
  WHERE (((deed ->> 'deed'::text) = 'compensation'::text) AND ((deed ->> 'case_id'::text) IS NOT NULL));

CREATE VIEW approvals.public_desk AS
 SELECT shard,
    proposed_at AS since,
    expires_at AS due_at,
    decided_at AS done_at
   FROM approvals.proposals;

CREATE TABLE card_keys.keys (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    sku_id uuid NOT NULL,
    sealed bytea NOT NULL,
    tail text NOT NULL,
    blind_index bytea NOT NULL,
    stored_at timestamp with time zone NOT NULL,
    order_id uuid,
    line smallint,
    handed_out_at timestamp with time zone,
    CONSTRAINT keys_are_handed_out_whole CHECK ((num_nulls(order_id, line, handed_out_at) = ANY (ARRAY[0, 3]))),
    CONSTRAINT keys_blind_index_length CHECK ((length(blind_index) = 32)),
    CONSTRAINT keys_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT keys_tail_length CHECK ((length(tail) <= 4))
);

CREATE TABLE carriers.events (
    shard smallint NOT NULL,
    parcel_id uuid NOT NULL,
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    state text,
    place text NOT NULL,
    text text NOT NULL,
    CONSTRAINT events_live_in_the_shard_of_their_parcel CHECK ((shard = kit.shard_of(parcel_id))),
    CONSTRAINT events_place_length CHECK ((length(place) <= 100)),
    CONSTRAINT events_text_length CHECK (((length(text) >= 1) AND (length(text) <= 500)))
);

CREATE TABLE carriers.parcels (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    carrier text,
    tracking_number text NOT NULL,
    phone_end text DEFAULT ''::text NOT NULL,
    region text DEFAULT ''::text NOT NULL,
    state text DEFAULT 'announced'::text NOT NULL,
    shipped_at timestamp with time zone NOT NULL,
    delivered_at timestamp with time zone,
    told_at timestamp with time zone,
    poll_at timestamp with time zone,
    subscribed_at timestamp with time zone,
    failures smallint DEFAULT 0 NOT NULL,
    case_id uuid,
    sent_as uuid,
    CONSTRAINT parcels_asked_of_have_a_carrier CHECK (((poll_at IS NULL) OR (carrier IS NOT NULL))),
    CONSTRAINT parcels_delivered_at_some_time CHECK (((state <> 'delivered'::text) OR (delivered_at IS NOT NULL))),
    CONSTRAINT parcels_failures_range CHECK ((failures >= 0)),
    CONSTRAINT parcels_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT parcels_number_length CHECK (((length(tracking_number) >= 1) AND (length(tracking_number) <= 40))),
    CONSTRAINT parcels_phone_end CHECK ((phone_end ~ '^[0-9]{0,4}$'::text)),
    CONSTRAINT parcels_state_is_known CHECK ((state = ANY (ARRAY['announced'::text, 'collected'::text, 'in_transit'::text, 'delivering'::text, 'delivered'::text, 'problem'::text, 'returning'::text, 'returned'::text])))
)
WITH (fillfactor='80');

CREATE VIEW carriers.public_events AS
 SELECT shard,
    parcel_id,
    id,
    at,
    state,
    place,
    text
   FROM carriers.events;

CREATE VIEW carriers.public_parcels AS
 SELECT shard,
    COALESCE(sent_as, id) AS id,
    order_id,
    shop_id,
    carrier,
    tracking_number,
    state,
    shipped_at,
    delivered_at,
    told_at,
    case_id,
    id AS followed_id
   FROM carriers.parcels;

CREATE TABLE catalog.categories (
    id uuid NOT NULL,
    parent_id uuid,
    name text NOT NULL,
    name_en text NOT NULL,
    "position" integer NOT NULL,
    attributes jsonb NOT NULL,
    is_retired boolean DEFAULT false NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT categories_are_not_their_own_parents CHECK ((parent_id <> id)),
    CONSTRAINT categories_attributes_limit CHECK ((jsonb_array_length(attributes) <= 30)),
    CONSTRAINT categories_name_en_length CHECK ((length(name_en) <= 60)),
    CONSTRAINT categories_name_length CHECK (((length(name) >= 1) AND (length(name) <= 60))),
    CONSTRAINT categories_position_range CHECK ((("position" >= 0) AND ("position" <= 1000000)))
);

CREATE TABLE catalog.former_texts (
    shard smallint NOT NULL,
    product_id uuid NOT NULL,
    version integer NOT NULL,
    title text NOT NULL,
    description_html text NOT NULL,
    attributes jsonb NOT NULL,
    pictures jsonb NOT NULL,
    until_at timestamp with time zone NOT NULL,
    is_sifted boolean DEFAULT false NOT NULL,
    CONSTRAINT former_texts_description_length CHECK ((length(description_html) <= 100000)),
    CONSTRAINT former_texts_live_in_the_shard_of_their_product CHECK ((shard = kit.shard_of(product_id)))
);

CREATE TABLE catalog.price_changes (
    shard smallint NOT NULL,
    sku_id uuid NOT NULL,
    version integer NOT NULL,
    price bigint NOT NULL,
    compare_at bigint,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT price_changes_live_in_the_shard_of_their_sku CHECK ((shard = kit.shard_of(sku_id))),
    CONSTRAINT price_changes_price_range CHECK (((price >= 0) AND (price <= '1000000000000'::bigint)))
);

CREATE TABLE catalog.products (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    handle text NOT NULL,
    title text NOT NULL,
    description_html text NOT NULL,
    vendor text NOT NULL,
    kind text NOT NULL,
    tags text[] NOT NULL,
    options jsonb NOT NULL,
    pictures jsonb NOT NULL,
    status text NOT NULL,
    extra jsonb NOT NULL,
    price_min bigint NOT NULL,
    price_max bigint NOT NULL,
    sold bigint DEFAULT 0 NOT NULL,
    content_hash bytea NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    listed_at timestamp with time zone,
    category_id uuid,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    delivery text DEFAULT 'physical'::text NOT NULL,
    presale jsonb,
    list_at timestamp with time zone,
    withdraw_at timestamp with time zone,
    taken_down_from text,
    penalty_id uuid,
    taking_reason text DEFAULT ''::text NOT NULL,
    off_sale_at timestamp with time zone,
    titled_at timestamp with time zone,
    CONSTRAINT products_attributes_length CHECK ((length((attributes)::text) <= 20000)),
    CONSTRAINT products_content_hash_length CHECK ((length(content_hash) = 32)),
    CONSTRAINT products_delivery_is_known CHECK ((delivery = ANY (ARRAY['physical'::text, 'virtual'::text]))),
    CONSTRAINT products_description_length CHECK ((length(description_html) <= 100000)),
    CONSTRAINT products_extra_length CHECK ((length((extra)::text) <= 200000)),
    CONSTRAINT products_handle_length CHECK (((length(handle) >= 1) AND (length(handle) <= 255))),
    CONSTRAINT products_kind_length CHECK ((length(kind) <= 200)),
    CONSTRAINT products_listed_have_a_time CHECK (((status <> 'listed'::text) OR (listed_at IS NOT NULL))),
    CONSTRAINT products_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT products_options_limit CHECK ((jsonb_array_length(options) <= 6)),
    CONSTRAINT products_pictures_limit CHECK ((jsonb_array_length(pictures) <= 250)),
    CONSTRAINT products_presale_is_whole CHECK ((presale ?& ARRAY['ends_at'::text, 'ships_at'::text])),
    CONSTRAINT products_price_range_is_ordered CHECK (((price_min >= 0) AND (price_min <= price_max))),
    CONSTRAINT products_sold_is_not_negative CHECK ((sold >= 0)),
    CONSTRAINT products_status_is_known CHECK ((status = ANY (ARRAY['draft'::text, 'in_review'::text, 'listed'::text, 'withdrawn'::text, 'taken_down'::text]))),
    CONSTRAINT products_tags_limit CHECK ((cardinality(tags) <= 250)),
    CONSTRAINT products_taken_down_by_a_penalty CHECK ((((status = 'taken_down'::text) = (taken_down_from IS NOT NULL)) AND ((taken_down_from IS NULL) = (penalty_id IS NULL)))),
    CONSTRAINT products_taken_down_from_is_known CHECK ((taken_down_from = ANY (ARRAY['draft'::text, 'listed'::text, 'withdrawn'::text]))),
    CONSTRAINT products_taking_reason_length CHECK ((length(taking_reason) <= 500)),
    CONSTRAINT products_title_length CHECK (((length(title) >= 1) AND (length(title) <= 255))),
    CONSTRAINT products_vendor_length CHECK ((length(vendor) <= 200)),
    CONSTRAINT products_version_is_positive CHECK ((version > 0)),
    CONSTRAINT products_withdrawn_after_listing CHECK ((withdraw_at > list_at))
)
WITH (fillfactor='80');

CREATE VIEW catalog.public_categories AS
 SELECT id,
    parent_id,
    name,
    name_en,
    "position",
    is_retired
   FROM catalog.categories;

CREATE TABLE catalog.reviews (
    shard smallint NOT NULL,
    product_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    state text NOT NULL,
    revision integer NOT NULL,
    version integer NOT NULL,
    proposal jsonb,
    submitted_at timestamp with time zone NOT NULL,
    reviewer_id uuid,
    taken_at timestamp with time zone,
    decided_at timestamp with time zone,
    reasons jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT reviews_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(product_id)))),
    CONSTRAINT reviews_proposal_length CHECK ((length((proposal)::text) <= 2000000)),
    CONSTRAINT reviews_reasons_length CHECK ((length((reasons)::text) <= 20000)),
    CONSTRAINT reviews_refused_have_reasons CHECK (((state <> 'refused'::text) OR (reasons <> '{}'::jsonb))),
    CONSTRAINT reviews_revisions_count_up CHECK ((revision > 0)),
    CONSTRAINT reviews_state_is_known CHECK ((state = ANY (ARRAY['waiting'::text, 'approved'::text, 'refused'::text, 'taken_back'::text]))),
    CONSTRAINT reviews_taken_whole CHECK (((reviewer_id IS NULL) = (taken_at IS NULL)))
);

CREATE VIEW catalog.public_desk AS
 SELECT shard,
    submitted_at AS since,
    NULL::timestamp with time zone AS due_at,
        CASE
            WHEN (state <> 'waiting'::text) THEN decided_at
            ELSE NULL::timestamp with time zone
        END AS done_at
   FROM catalog.reviews
  WHERE (state = ANY (ARRAY['waiting'::text, 'approved'::text, 'refused'::text]));

CREATE VIEW catalog.public_placements AS
 SELECT shard,
    id AS product_id,
    category_id
   FROM catalog.products;

CREATE TABLE catalog.skus (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    product_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    code text NOT NULL,
    barcode text NOT NULL,
    choices text[] NOT NULL,
    price bigint NOT NULL,
    compare_at bigint,
    weight_grams integer NOT NULL,
    picture text,
    "position" smallint NOT NULL,
    status text NOT NULL,
    low_stock integer,
    withdrawn_at timestamp with time zone,
    came_at timestamp with time zone,
    CONSTRAINT skus_barcode_length CHECK ((length(barcode) <= 100)),
    CONSTRAINT skus_choices_limit CHECK ((cardinality(choices) <= 6)),
    CONSTRAINT skus_code_length CHECK ((length(code) <= 100)),
    CONSTRAINT skus_compare_at_range CHECK (((compare_at >= 0) AND (compare_at <= '1000000000000'::bigint))),
    CONSTRAINT skus_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT skus_low_stock_range CHECK (((low_stock >= 0) AND (low_stock <= 1000000000))),
    CONSTRAINT skus_picture_length CHECK ((length(picture) <= 2000)),
    CONSTRAINT skus_price_range CHECK (((price >= 0) AND (price <= '1000000000000'::bigint))),
    CONSTRAINT skus_status_is_known CHECK ((status = ANY (ARRAY['listed'::text, 'withdrawn'::text]))),
    CONSTRAINT skus_weight_range CHECK (((weight_grams >= 0) AND (weight_grams <= 100000000)))
);

CREATE VIEW catalog.public_price_changes AS
 SELECT c.shard,
    c.sku_id,
    k.product_id,
    c.version,
    c.price,
    c.changed_at,
    k.choices,
    k."position",
    (k.status = 'withdrawn'::text) AS is_withdrawn,
    k.withdrawn_at,
    k.came_at
   FROM (catalog.price_changes c
     JOIN catalog.skus k ON (((k.shard = c.shard) AND (k.id = c.sku_id))));

CREATE VIEW catalog.public_products AS
 SELECT shard,
    id,
    shop_id,
    title,
    kind,
    tags,
    pictures,
    status,
    price_min,
    price_max,
    sold,
    listed_at,
    delivery,
    presale,
    category_id,
    titled_at,
    catalog.title_mark(title) AS title_mark
   FROM catalog.products p;

CREATE VIEW catalog.public_skus AS
 SELECT k.shard,
    k.id,
    k.product_id,
    k.shop_id,
    p.title,
    p.kind,
    p.options,
    k.code,
    k.choices,
    k.price,
    k.compare_at,
    k.weight_grams,
    COALESCE(k.picture, ((p.pictures -> 0) ->> 'url'::text)) AS picture,
    ((p.status = 'listed'::text) AND (k.status = 'listed'::text)) AS is_listed,
    p.delivery,
    p.presale,
    p.category_id,
    k."position"
   FROM (catalog.skus k
     JOIN catalog.products p ON (((p.shard = k.shard) AND (p.id = k.product_id))));

CREATE VIEW catalog.public_sold_texts AS
 SELECT p.shard,
    p.id AS product_id,
    p.shop_id,
    p.title,
    ((p.pictures -> 0) ->> 'url'::text) AS picture,
    (p.status = 'listed'::text) AS is_on_sale,
    p.listed_at,
        CASE
            WHEN (p.status <> 'listed'::text) THEN p.off_sale_at
            ELSE NULL::timestamp with time zone
        END AS off_sale_at,
    p.titled_at,
    catalog.title_mark(p.title) AS title_mark
   FROM catalog.products p
  WHERE (p.listed_at IS NOT NULL)
UNION ALL
 SELECT f.shard,
    f.product_id,
    p.shop_id,
    f.title,
        CASE
            WHEN (p.status <> 'listed'::text) THEN ((f.pictures -> 0) ->> 'url'::text)
            ELSE NULL::text
        END AS picture,
    false AS is_on_sale,
    p.listed_at,
        CASE
            WHEN ((f.until_at > p.off_sale_at) AND (NOT ((p.status = 'listed'::text) AND (f.until_at > p.listed_at)))) THEN p.off_sale_at
            ELSE f.until_at
        END AS off_sale_at,
    NULL::timestamp with time zone AS titled_at,
    catalog.title_mark(f.title) AS title_mark
   FROM (catalog.former_texts f
     JOIN catalog.products p ON (((p.shard = f.shard) AND (p.id = f.product_id))))
  WHERE (((f.until_at > p.listed_at) OR (f.until_at > p.off_sale_at)) AND ((p.status <> 'listed'::text) OR (catalog.title_mark(f.title) IS DISTINCT FROM catalog.title_mark(p.title))));

CREATE VIEW catalog.public_texts_to_sift AS
 SELECT f.shard,
    f.product_id,
    f.version,
    p.shop_id,
    f.until_at,
    COALESCE(( SELECT max(e.until_at) AS max
           FROM catalog.former_texts e
          WHERE ((e.shard = f.shard) AND (e.product_id = f.product_id) AND (e.until_at < f.until_at))), p.created_at) AS from_at
   FROM (catalog.former_texts f
     JOIN catalog.products p ON (((p.shard = f.shard) AND (p.id = f.product_id))))
  WHERE (NOT f.is_sifted);

CREATE TABLE catalog.rounds (
    job text NOT NULL,
    after uuid[] NOT NULL,
    CONSTRAINT rounds_after_is_one_or_two CHECK (((cardinality(after) >= 1) AND (cardinality(after) <= 2))),
    CONSTRAINT rounds_job_length CHECK (((length(job) >= 1) AND (length(job) <= 64)))
);

CREATE TABLE catalog.stock_notices (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    product_id uuid NOT NULL,
    sku_id uuid NOT NULL,
    available bigint NOT NULL,
    low_stock integer NOT NULL,
    noticed_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT stock_notices_are_of_what_is_low CHECK ((available <= low_stock)),
    CONSTRAINT stock_notices_end_after_they_began CHECK ((ended_at >= noticed_at)),
    CONSTRAINT stock_notices_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id)))
)
WITH (fillfactor='90');

CREATE TABLE catalog.text_keeping (
    since timestamp with time zone NOT NULL
);

CREATE TABLE chargebacks.cases (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    order_id uuid,
    shop_id uuid,
    channel text NOT NULL,
    reference text NOT NULL,
    amount bigint NOT NULL,
    fee bigint NOT NULL,
    reason text NOT NULL,
    respond_by timestamp with time zone,
    state text NOT NULL,
    stage text,
    held bigint DEFAULT 0 NOT NULL,
    of_available bigint,
    of_deposit bigint,
    borne bigint DEFAULT 0 NOT NULL,
    received_at timestamp with time zone NOT NULL,
    held_at timestamp with time zone,
    represented_at timestamp with time zone,
    represented_by uuid,
    argument text DEFAULT ''::text NOT NULL,
    ended_at timestamp with time zone,
    closed_at timestamp with time zone,
    hold smallint DEFAULT 1 NOT NULL,
    purse text,
    debtor_id uuid,
    CONSTRAINT cases_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT cases_argument_length CHECK ((length(argument) <= 2000)),
    CONSTRAINT cases_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT cases_closed_after_they_ended CHECK (((closed_at IS NULL) OR (ended_at IS NOT NULL))),
    CONSTRAINT cases_ended_when_decided CHECK (((state = ANY (ARRAY['won'::text, 'lost'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT cases_fee_is_in_range CHECK (((fee >= 0) AND (fee <= '9007199254740991'::bigint))),
    CONSTRAINT cases_hold_no_more_than_disputed CHECK ((((held >= 0) AND (held <= amount)) AND ((COALESCE(of_available, (0)::bigint) + COALESCE(of_deposit, (0)::bigint)) <= held) AND ((borne >= 0) AND (borne <= amount)))),
    CONSTRAINT cases_hold_range CHECK (((hold >= 1) AND (hold <= 2))),
    CONSTRAINT cases_live_in_the_shard_of_their_order CHECK (((shard = kit.shard_of(id)) AND (shard = kit.shard_of(COALESCE(order_id, debtor_id, payment_id))))),
    CONSTRAINT cases_of_an_order_are_of_a_shop CHECK (((shop_id IS NOT NULL) = ((order_id IS NOT NULL) OR ((purse IS NOT NULL) AND (purse <> 'wallet'::text))))),
    CONSTRAINT cases_purse_is_known CHECK ((purse = ANY (ARRAY['shop'::text, 'deposit'::text, 'wallet'::text]))),
    CONSTRAINT cases_purse_is_somebodys CHECK ((((purse IS NULL) = (debtor_id IS NULL)) AND ((purse IS NULL) OR (order_id IS NULL)))),
    CONSTRAINT cases_reason_length CHECK ((length(reason) <= 200)),
    CONSTRAINT cases_reference_length CHECK (((length(reference) >= 1) AND (length(reference) <= 64))),
    CONSTRAINT cases_represented_by_somebody CHECK (((represented_at IS NULL) = (represented_by IS NULL))),
    CONSTRAINT cases_stage_is_known CHECK ((stage = ANY (ARRAY['escrow'::text, 'pending'::text, 'settled'::text]))),
    CONSTRAINT cases_stage_when_held CHECK (((stage IS NULL) = (held_at IS NULL))),
    CONSTRAINT cases_state_is_known CHECK ((state = ANY (ARRAY['received'::text, 'represented'::text, 'won'::text, 'lost'::text])))
)
WITH (fillfactor='80');

CREATE TABLE chargebacks.evidence (
    shard smallint NOT NULL,
    case_id uuid NOT NULL,
    number smallint NOT NULL,
    words text NOT NULL,
    pictures jsonb NOT NULL,
    submitted_by uuid,
    submitted_at timestamp with time zone NOT NULL,
    CONSTRAINT evidence_number_range CHECK (((number >= 1) AND (number <= 20))),
    CONSTRAINT evidence_words_length CHECK (((length(words) >= 1) AND (length(words) <= 2000)))
);

CREATE VIEW chargebacks.public_desk AS
 SELECT shard,
    received_at AS since,
    respond_by AS due_at,
    COALESCE(represented_at, ended_at) AS done_at
   FROM chargebacks.cases;

CREATE VIEW chargebacks.public_open_purses AS
 SELECT shard,
    shop_id
   FROM chargebacks.cases
  WHERE ((closed_at IS NULL) AND (order_id IS NULL) AND (shop_id IS NOT NULL));

CREATE TABLE coupons.campaigns (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid,
    name text NOT NULL,
    state text NOT NULL,
    amount bigint NOT NULL,
    percent smallint DEFAULT 0 NOT NULL,
    threshold bigint NOT NULL,
    product_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    category_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    quantity integer NOT NULL,
    claimed integer DEFAULT 0 NOT NULL,
    per_person smallint NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    valid_days smallint DEFAULT 0 NOT NULL,
    code text,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    stopped_at timestamp with time zone,
    cashier jsonb,
    CONSTRAINT campaigns_amount_range CHECK (((amount >= 1) AND (amount <= 100000000))),
    CONSTRAINT campaigns_claimed_were_started CHECK (((claimed = 0) OR (started_at IS NOT NULL))),
    CONSTRAINT campaigns_code_shape CHECK ((code ~ '^[^\s]{4,20}$'::text)),
    CONSTRAINT campaigns_fixed_amounts_are_below_their_threshold CHECK (((percent > 0) OR (threshold = 0) OR (amount < threshold))),
    CONSTRAINT campaigns_last_for_a_while CHECK ((ends_at > starts_at)),
    CONSTRAINT campaigns_live_with_their_shop CHECK (((shard = kit.shard_of(id)) AND ((shop_id IS NULL) OR (shard = kit.shard_of(shop_id))))),
    CONSTRAINT campaigns_name_length CHECK (((length(name) >= 1) AND (length(name) <= 40))),
    CONSTRAINT campaigns_not_overclaimed CHECK (((claimed >= 0) AND (claimed <= quantity))),
    CONSTRAINT campaigns_per_person_range CHECK (((per_person >= 1) AND (per_person <= 100))),
    CONSTRAINT campaigns_percent_range CHECK (((percent >= 0) AND (percent <= 99))),
    CONSTRAINT campaigns_quantity_range CHECK (((quantity >= 1) AND (quantity <= 10000000))),
    CONSTRAINT campaigns_run_since_they_were_started CHECK (((state = 'created'::text) <= (started_at IS NULL))),
    CONSTRAINT campaigns_scope_is_one CHECK (((product_ids = '{}'::uuid[]) OR (category_ids = '{}'::uuid[]))),
    CONSTRAINT campaigns_scope_limit CHECK (((cardinality(product_ids) <= 100) AND (cardinality(category_ids) <= 1000))),
    CONSTRAINT campaigns_state_is_known CHECK ((state = ANY (ARRAY['created'::text, 'running'::text, 'paused'::text, 'stopped'::text]))),
    CONSTRAINT campaigns_stopped_at_some_time CHECK (((state = 'stopped'::text) = (stopped_at IS NOT NULL))),
    CONSTRAINT campaigns_threshold_range CHECK (((threshold >= 0) AND (threshold <= '1000000000000'::bigint))),
    CONSTRAINT campaigns_valid_days_range CHECK (((valid_days >= 0) AND (valid_days <= 365)))
)
WITH (fillfactor='70');

CREATE TABLE coupons.codes (
    code text NOT NULL,
    campaign_id uuid NOT NULL,
    CONSTRAINT codes_are_folded CHECK ((code = lower(code)))
);

COMMENT ON TABLE coupons.codes IS 'Which campaign has a code. citus: distributed by code';

CREATE TABLE coupons.coupons (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    person_id uuid NOT NULL,
    place smallint NOT NULL,
    per_person smallint NOT NULL,
    state text DEFAULT 'unused'::text NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    order_id uuid,
    amount bigint,
    sales bigint,
    used_at timestamp with time zone,
    at_till boolean DEFAULT false NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT coupons_amount_is_positive CHECK ((amount > 0)),
    CONSTRAINT coupons_at_tills_are_used CHECK (((NOT at_till) OR (state = 'used'::text))),
    CONSTRAINT coupons_ended_are_over CHECK (((ended_at IS NULL) OR (expires_at <= ended_at))),
    CONSTRAINT coupons_live_with_their_campaign CHECK (((shard = kit.shard_of(id)) AND (shard = kit.shard_of(campaign_id)))),
    CONSTRAINT coupons_of_a_person_are_limited CHECK (((place >= 1) AND (place <= per_person))),
    CONSTRAINT coupons_sales_are_not_negative CHECK ((sales >= 0)),
    CONSTRAINT coupons_state_is_known CHECK ((state = ANY (ARRAY['unused'::text, 'reserved'::text, 'used'::text]))),
    CONSTRAINT coupons_taken_by_an_order CHECK ((((state = 'unused'::text) = (order_id IS NULL)) AND ((order_id IS NULL) = (amount IS NULL)) AND ((order_id IS NULL) = (sales IS NULL)))),
    CONSTRAINT coupons_used_at_some_time CHECK (((state = 'used'::text) = (used_at IS NOT NULL)))
)
WITH (fillfactor='70');

CREATE VIEW coupons.public_coupons AS
 SELECT c.shard,
    c.id,
    c.person_id,
    c.state,
    c.claimed_at,
    c.expires_at,
    c.order_id,
    c.campaign_id,
    m.shop_id,
    m.name,
    m.amount,
    m.percent,
    m.threshold,
    m.product_ids,
    m.category_ids,
    m.starts_at,
    c.at_till,
    c.ended_at,
    m.cashier
   FROM (coupons.coupons c
     JOIN coupons.campaigns m ON (((m.shard = c.shard) AND (m.id = c.campaign_id))));

CREATE TABLE coupons.uses (
    shard smallint NOT NULL,
    coupon_id uuid NOT NULL,
    use_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    person_id uuid NOT NULL,
    at_till boolean NOT NULL,
    amount bigint NOT NULL,
    sales bigint NOT NULL,
    used_at timestamp with time zone NOT NULL,
    returned_at timestamp with time zone,
    return_id uuid,
    CONSTRAINT uses_amount_is_positive CHECK ((amount > 0)),
    CONSTRAINT uses_live_with_their_campaign CHECK (((shard = kit.shard_of(coupon_id)) AND (shard = kit.shard_of(campaign_id)))),
    CONSTRAINT uses_returned_by_a_return CHECK (((return_id IS NULL) OR (returned_at IS NOT NULL))),
    CONSTRAINT uses_sales_are_not_negative CHECK ((sales >= 0))
);

CREATE TABLE court_orders.court_orders (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    place text NOT NULL,
    account_id uuid NOT NULL,
    amount bigint,
    court text NOT NULL,
    number text NOT NULL,
    taken bigint NOT NULL,
    executed bigint DEFAULT 0 NOT NULL,
    released bigint DEFAULT 0 NOT NULL,
    takes integer NOT NULL,
    obeyed_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    release_number text DEFAULT ''::text NOT NULL,
    freezes integer DEFAULT 0 NOT NULL,
    is_freezing boolean DEFAULT false NOT NULL,
    number_key text DEFAULT ''::text NOT NULL,
    CONSTRAINT court_orders_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT court_orders_are_released_by_an_order CHECK (((release_number = ''::text) OR (ended_at IS NOT NULL))),
    CONSTRAINT court_orders_court_length CHECK (((length(court) >= 1) AND (length(court) <= 60))),
    CONSTRAINT court_orders_freeze_while_in_force CHECK (((NOT is_freezing) OR ((ended_at IS NULL) AND (freezes > 0)))),
    CONSTRAINT court_orders_give_no_more_than_taken CHECK (((executed >= 0) AND (released >= 0) AND ((executed + released) <= taken))),
    CONSTRAINT court_orders_hold_nothing_once_over CHECK (((ended_at IS NULL) OR ((executed + released) = taken))),
    CONSTRAINT court_orders_live_in_the_shard_of_their_owner CHECK (((shard = kit.shard_of(id)) AND (shard = kit.shard_of(owner_id)) AND (shard = kit.shard_of(account_id)))),
    CONSTRAINT court_orders_number_length CHECK (((length(number) >= 1) AND (length(number) <= 60))),
    CONSTRAINT court_orders_place_is_known CHECK ((place = ANY (ARRAY['wallet'::text, 'merchant_available'::text, 'merchant_pending'::text, 'merchant_deposit'::text]))),
    CONSTRAINT court_orders_release_number_length CHECK ((length(release_number) <= 60)),
    CONSTRAINT court_orders_take_no_more_than_ordered CHECK (((taken >= 0) AND (taken <= COALESCE(amount, taken))))
);

CREATE TABLE court_orders.executions (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    court_order_id uuid NOT NULL,
    amount bigint NOT NULL,
    number text NOT NULL,
    way text NOT NULL,
    executed_at timestamp with time zone NOT NULL,
    same_before smallint DEFAULT 0 NOT NULL,
    CONSTRAINT executions_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT executions_count_from_nothing CHECK ((same_before >= 0)),
    CONSTRAINT executions_live_in_the_shard_of_their_order CHECK ((shard = kit.shard_of(court_order_id))),
    CONSTRAINT executions_number_length CHECK (((length(number) >= 1) AND (length(number) <= 60))),
    CONSTRAINT executions_way_length CHECK (((length(way) >= 1) AND (length(way) <= 200)))
);

CREATE TABLE credit.bonds (
    shard smallint NOT NULL,
    pair_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT bonds_join_two CHECK ((seller_id <> buyer_id)),
    CONSTRAINT bonds_live_in_the_shard_of_their_pair CHECK ((shard = kit.shard_of(pair_id)))
);

CREATE TABLE credit.brought (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    issuer text NOT NULL,
    certificate_id uuid NOT NULL,
    document text NOT NULL,
    shop_name text NOT NULL,
    shop_address text NOT NULL,
    score bigint NOT NULL,
    grade smallint NOT NULL,
    trades bigint NOT NULL,
    since date NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    brought_at timestamp with time zone NOT NULL,
    brought_by uuid,
    state text NOT NULL,
    confirmed_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    CONSTRAINT brought_address_length CHECK (((length(shop_address) >= 1) AND (length(shop_address) <= 300))),
    CONSTRAINT brought_document_length CHECK (((length(document) >= 1) AND (length(document) <= 4096))),
    CONSTRAINT brought_expire_later CHECK ((expires_at > issued_at)),
    CONSTRAINT brought_grade_range CHECK (((grade >= 0) AND (grade <= 20))),
    CONSTRAINT brought_have_a_trade_for_each_point CHECK ((score <= trades)),
    CONSTRAINT brought_live_with_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT brought_name_length CHECK (((length(shop_name) >= 1) AND (length(shop_name) <= 100))),
    CONSTRAINT brought_score_is_not_negative CHECK ((score >= 0)),
    CONSTRAINT brought_state_is_known CHECK ((state = ANY (ARRAY['in_force'::text, 'withdrawn'::text, 'replaced'::text, 'removed'::text])))
);

CREATE TABLE credit.certificates (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    audience text NOT NULL,
    document text NOT NULL,
    score bigint NOT NULL,
    grade smallint NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    issued_by uuid,
    expires_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    withdrawn_by uuid,
    reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT certificates_audience_length CHECK (((length(audience) >= 1) AND (length(audience) <= 300))),
    CONSTRAINT certificates_document_length CHECK (((length(document) >= 1) AND (length(document) <= 4096))),
    CONSTRAINT certificates_expire_later CHECK ((expires_at > issued_at)),
    CONSTRAINT certificates_grade_range CHECK (((grade >= 0) AND (grade <= 20))),
    CONSTRAINT certificates_live_with_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT certificates_reason_length CHECK ((length(reason) <= 500)),
    CONSTRAINT certificates_score_is_positive CHECK ((score > 0)),
    CONSTRAINT certificates_withdrawn_have_a_reason CHECK (((withdrawn_at IS NULL) = (reason = ''::text)))
);

CREATE TABLE credit.issuers (
    address text NOT NULL,
    public_key bytea NOT NULL,
    is_fetched boolean NOT NULL,
    trusted_at timestamp with time zone NOT NULL,
    trusted_by uuid,
    ended_at timestamp with time zone,
    ended_by uuid,
    reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT issuers_address_length CHECK (((length(address) >= 1) AND (length(address) <= 200))),
    CONSTRAINT issuers_ended_have_a_reason CHECK (((ended_at IS NULL) = (reason = ''::text))),
    CONSTRAINT issuers_key_length CHECK ((octet_length(public_key) = 32)),
    CONSTRAINT issuers_reason_length CHECK ((length(reason) <= 500))
);

CREATE TABLE credit.pairs (
    shard smallint NOT NULL,
    pair_id uuid NOT NULL,
    noted_at timestamp with time zone NOT NULL,
    CONSTRAINT pairs_live_in_their_shard CHECK ((shard = kit.shard_of(pair_id)))
);

CREATE VIEW credit.public_brought AS
 SELECT shard,
    shop_id,
    issuer,
    grade,
    score,
    expires_at
   FROM credit.brought b
  WHERE ((state = 'in_force'::text) AND (EXISTS ( SELECT
           FROM credit.issuers i
          WHERE ((i.address = b.issuer) AND (i.ended_at IS NULL)))));

CREATE TABLE credit.standings (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    score bigint DEFAULT 0 NOT NULL,
    grade smallint DEFAULT 0 NOT NULL,
    trades bigint DEFAULT 0 NOT NULL,
    amount bigint DEFAULT 0 NOT NULL,
    rules_version integer NOT NULL,
    graded_at timestamp with time zone NOT NULL,
    CONSTRAINT standings_grade_range CHECK (((grade >= 0) AND (grade <= 20))),
    CONSTRAINT standings_have_a_trade_for_each_point CHECK ((score <= trades)),
    CONSTRAINT standings_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT standings_score_is_not_negative CHECK ((score >= 0))
)
WITH (fillfactor='50');

CREATE VIEW credit.public_standings AS
 SELECT shard,
    shop_id,
    score,
    grade
   FROM credit.standings;

CREATE TABLE credit.trades (
    shard smallint NOT NULL,
    order_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    number text NOT NULL,
    amount bigint NOT NULL,
    settled_at timestamp with time zone NOT NULL,
    month date NOT NULL,
    verdict text NOT NULL,
    refunded bigint DEFAULT 0 NOT NULL,
    CONSTRAINT trades_amount_is_not_negative CHECK ((amount >= 0)),
    CONSTRAINT trades_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(order_id)))),
    CONSTRAINT trades_not_refunded_beyond_amount CHECK (((refunded >= 0) AND (refunded <= amount))),
    CONSTRAINT trades_verdict_is_known CHECK ((verdict = ANY (ARRAY['counted'::text, 'too_small'::text, 'refunded'::text, 'same_buyer'::text, 'ring'::text])))
)
WITH (fillfactor='90');

CREATE VIEW credit.public_trades AS
 SELECT shard,
    shop_id,
    order_id,
    settled_at
   FROM credit.trades;

CREATE TABLE credit.rings (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    found_at timestamp with time zone NOT NULL,
    CONSTRAINT rings_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id)))
);

CREATE TABLE credit.tallies (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    month date NOT NULL,
    verdict text NOT NULL,
    trades bigint NOT NULL,
    CONSTRAINT tallies_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT tallies_verdict_is_known CHECK ((verdict = ANY (ARRAY['counted'::text, 'too_small'::text, 'refunded'::text, 'same_buyer'::text, 'ring'::text])))
)
WITH (fillfactor='50');

CREATE TABLE developers.keys (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT keys_name_length CHECK (((length(name) >= 1) AND (length(name) <= 60))),
    CONSTRAINT keys_scopes_are_few CHECK (((cardinality(scopes) >= 1) AND (cardinality(scopes) <= 40))),
    CONSTRAINT keys_secret_is_hashed CHECK ((octet_length(secret_hash) = 32))
);

CREATE TABLE disputes.disputes (
    shard smallint NOT NULL,
    case_id uuid NOT NULL,
    order_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    opened_by text NOT NULL,
    claim text NOT NULL,
    file jsonb NOT NULL,
    file_hash bytea NOT NULL,
    reason text NOT NULL,
    rules jsonb NOT NULL,
    goods bigint NOT NULL,
    most bigint NOT NULL,
    state text NOT NULL,
    due_at timestamp with time zone,
    opened_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    appealed_by text,
    appeal text DEFAULT ''::text NOT NULL,
    awarded bigint,
    stop_at timestamp with time zone,
    asked_title text GENERATED ALWAYS AS ((file #>> '{case,item,title}'::text[])) STORED,
    asked_product text GENERATED ALWAYS AS ((file #>> '{case,item,product_id}'::text[])) STORED,
    asked_delivery text GENERATED ALWAYS AS ((file #>> '{case,item,kind}'::text[])) STORED,
    asked_kind text GENERATED ALWAYS AS ((file #>> '{case,kind}'::text[])) STORED,
    asked_shop text GENERATED ALWAYS AS ((file #>> '{case,shop_name}'::text[])) STORED,
    asked_buyer text GENERATED ALWAYS AS ((file #>> '{case,buyer_name}'::text[])) STORED,
    text_as_of timestamp with time zone,
    appealed_at timestamp with time zone,
    ruled bigint,
    CONSTRAINT disputes_appeal_length CHECK ((length(appeal) <= 1000)),
    CONSTRAINT disputes_appealed_by_is_known CHECK ((appealed_by = ANY (ARRAY['buyer'::text, 'merchant'::text]))),
    CONSTRAINT disputes_appealed_by_somebody CHECK (((appealed_at IS NULL) OR (appealed_by IS NOT NULL))),
    CONSTRAINT disputes_awarded_when_executed CHECK (((awarded IS NOT NULL) = (state = 'executed'::text))),
    CONSTRAINT disputes_claim_length CHECK (((length(claim) <= 1000) AND ((length(claim) > 0) = (opened_by <> 'clock'::text)))),
    CONSTRAINT disputes_ended_when_over CHECK (((ended_at IS NOT NULL) = (state = ANY (ARRAY['executed'::text, 'withdrawn'::text])))),
    CONSTRAINT disputes_file_hash_length CHECK ((length(file_hash) = 32)),
    CONSTRAINT disputes_goods_is_not_negative CHECK ((goods >= 0)),
    CONSTRAINT disputes_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(order_id)) AND (shard = kit.shard_of(case_id)))),
    CONSTRAINT disputes_most_is_goods_and_freight CHECK ((most >= goods)),
    CONSTRAINT disputes_not_awarded_beyond_most CHECK (((awarded >= 0) AND (awarded <= most))),
    CONSTRAINT disputes_open_have_a_clock CHECK (((due_at IS NOT NULL) = (state <> ALL (ARRAY['executed'::text, 'withdrawn'::text])))),
    CONSTRAINT disputes_open_have_a_last_deadline CHECK (((ended_at IS NOT NULL) OR (stop_at IS NOT NULL))),
    CONSTRAINT disputes_opened_by_is_known CHECK ((opened_by = ANY (ARRAY['buyer'::text, 'merchant'::text, 'clock'::text]))),
    CONSTRAINT disputes_ruled_when_executed CHECK ((((ruled IS NULL) OR (state = 'executed'::text)) AND ((ruled >= awarded) AND (ruled <= most)))),
    CONSTRAINT disputes_state_is_known CHECK ((state = ANY (ARRAY['evidence'::text, 'deciding'::text, 'proposed'::text, 'ruled'::text, 'appealed'::text, 'appeal_proposed'::text, 'executed'::text, 'withdrawn'::text])))
)
WITH (fillfactor='80');

CREATE TABLE disputes.evidence (
    shard smallint NOT NULL,
    case_id uuid NOT NULL,
    side text NOT NULL,
    words text NOT NULL,
    pictures jsonb DEFAULT '[]'::jsonb NOT NULL,
    hash bytea NOT NULL,
    submitted_by uuid,
    submitted_at timestamp with time zone NOT NULL,
    CONSTRAINT evidence_hash_length CHECK ((length(hash) = 32)),
    CONSTRAINT evidence_lives_in_the_shard_of_its_case CHECK ((shard = kit.shard_of(case_id))),
    CONSTRAINT evidence_pictures_length CHECK ((jsonb_array_length(pictures) <= 9)),
    CONSTRAINT evidence_side_is_known CHECK ((side = ANY (ARRAY['buyer'::text, 'merchant'::text]))),
    CONSTRAINT evidence_words_length CHECK ((length(words) <= 2000))
);

CREATE TABLE disputes.marks (
    shard smallint NOT NULL,
    case_id uuid NOT NULL,
    side text NOT NULL,
    place text NOT NULL,
    rule_id uuid NOT NULL,
    word text NOT NULL,
    name text NOT NULL,
    action text NOT NULL,
    found text NOT NULL,
    marked_at timestamp with time zone NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    CONSTRAINT marks_action_is_known CHECK ((action = ANY (ARRAY['refuse'::text, 'review'::text, 'note'::text]))),
    CONSTRAINT marks_live_in_the_shard_of_their_case CHECK ((shard = kit.shard_of(case_id))),
    CONSTRAINT marks_place_is_known CHECK ((place = ANY (ARRAY['case'::text, 'claim'::text, 'evidence'::text, 'appeal'::text]))),
    CONSTRAINT marks_side_is_known CHECK ((side = ANY (ARRAY['buyer'::text, 'merchant'::text])))
);

CREATE VIEW disputes.public_cases AS
 SELECT shard,
    case_id,
    shop_id,
    order_id
   FROM disputes.disputes;

CREATE VIEW disputes.public_desk AS
 SELECT shard,
    opened_at AS since,
    due_at,
        CASE
            WHEN (state = 'executed'::text) THEN ended_at
            ELSE NULL::timestamp with time zone
        END AS done_at
   FROM disputes.disputes
  WHERE (state = ANY (ARRAY['deciding'::text, 'proposed'::text, 'appealed'::text, 'appeal_proposed'::text, 'executed'::text]));

CREATE VIEW disputes.public_open AS
 SELECT shard,
    case_id,
    shop_id
   FROM disputes.disputes
  WHERE (ended_at IS NULL);

CREATE TABLE disputes.rulings (
    shard smallint NOT NULL,
    case_id uuid NOT NULL,
    number smallint NOT NULL,
    is_appeal boolean NOT NULL,
    share smallint NOT NULL,
    freight_by text NOT NULL,
    amount bigint NOT NULL,
    words text NOT NULL,
    postings jsonb NOT NULL,
    signed_by uuid,
    signed_at timestamp with time zone NOT NULL,
    seconded_by uuid,
    seconded_at timestamp with time zone,
    rejected_by uuid,
    rejected_at timestamp with time zone,
    objection text DEFAULT ''::text NOT NULL,
    basis text DEFAULT 'arbiter'::text NOT NULL,
    postage bigint DEFAULT 0 NOT NULL,
    goods_back boolean DEFAULT false NOT NULL,
    CONSTRAINT rulings_amount_is_not_negative CHECK ((amount >= 0)),
    CONSTRAINT rulings_basis_is_known CHECK ((basis = ANY (ARRAY['arbiter'::text, 'first_ruling'::text, 'goods'::text, 'one_side'::text, 'share'::text]))),
    CONSTRAINT rulings_count_up CHECK (((number >= 1) AND (number <= 100))),
    CONSTRAINT rulings_freight_by_is_known CHECK ((freight_by = ANY (ARRAY['buyer'::text, 'merchant'::text]))),
    CONSTRAINT rulings_give_goods_or_money CHECK (((NOT goods_back) OR (amount = 0))),
    CONSTRAINT rulings_live_in_the_shard_of_their_case CHECK ((shard = kit.shard_of(case_id))),
    CONSTRAINT rulings_objection_length CHECK ((length(objection) <= 1000)),
    CONSTRAINT rulings_postage_is_the_shops CHECK (((postage >= 0) AND ((postage = 0) OR (freight_by = 'merchant'::text)))),
    CONSTRAINT rulings_rejected_by_somebody_else CHECK ((rejected_by <> signed_by)),
    CONSTRAINT rulings_seconded_by_somebody_else CHECK ((seconded_by <> signed_by)),
    CONSTRAINT rulings_seconded_or_rejected CHECK (((seconded_by IS NULL) OR (rejected_by IS NULL))),
    CONSTRAINT rulings_share_range CHECK (((share >= 0) AND (share <= 100))),
    CONSTRAINT rulings_signed_or_by_rule CHECK (((signed_by IS NULL) = (basis <> 'arbiter'::text))),
    CONSTRAINT rulings_words_length CHECK (((length(words) <= 2000) AND ((length(words) >= 1) OR (signed_by IS NULL))))
);

CREATE TABLE dormancy.wallets (
    shard smallint NOT NULL,
    person_id uuid NOT NULL,
    state text NOT NULL,
    times integer DEFAULT 0 NOT NULL,
    told_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    moved_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT wallets_awake_have_ended CHECK (((state = 'awake'::text) = (ended_at IS NOT NULL))),
    CONSTRAINT wallets_dormant_were_moved CHECK (((state <> 'dormant'::text) OR (moved_at IS NOT NULL))),
    CONSTRAINT wallets_live_with_their_person CHECK ((shard = kit.shard_of(person_id))),
    CONSTRAINT wallets_moved_when_due CHECK ((moved_at >= due_at)),
    CONSTRAINT wallets_state_is_known CHECK ((state = ANY (ARRAY['told'::text, 'dormant'::text, 'awake'::text]))),
    CONSTRAINT wallets_times_count_up CHECK ((times >= 0)),
    CONSTRAINT wallets_told_before_they_are_due CHECK ((due_at > told_at))
);

CREATE TABLE events.events (
    shard smallint NOT NULL,
    stream uuid NOT NULL,
    seq bigint NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    subject_id uuid NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    request_id text,
    address inet,
    at timestamp with time zone NOT NULL,
    data jsonb NOT NULL,
    CONSTRAINT events_actor_is_named CHECK (((actor_id IS NOT NULL) OR (actor_kind = ANY (ARRAY['clock'::text, 'channel'::text, 'system'::text])))),
    CONSTRAINT events_actor_kind_is_known CHECK ((actor_kind = ANY (ARRAY['buyer'::text, 'merchant'::text, 'staff'::text, 'person'::text, 'clock'::text, 'channel'::text, 'system'::text])))
);

CREATE TABLE events.heads (
    shard smallint NOT NULL,
    stream uuid NOT NULL,
    seq bigint NOT NULL
)
WITH (fillfactor='50');

CREATE VIEW events.public_heads AS
 SELECT shard,
    stream,
    seq
   FROM events.heads;

CREATE TABLE events.queue (
    shard smallint NOT NULL,
    subscriber text NOT NULL,
    id uuid NOT NULL,
    streams uuid[] NOT NULL,
    seqs bigint[] NOT NULL,
    due_at timestamp with time zone NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    error text,
    set_aside_at timestamp with time zone,
    CONSTRAINT queue_has_what_failed_singly CHECK ((((attempts = 0) AND (set_aside_at IS NULL)) OR (cardinality(seqs) = 1))),
    CONSTRAINT queue_names_each_event_by_stream_and_number CHECK ((((cardinality(streams) >= 1) AND (cardinality(streams) <= 64)) AND (cardinality(seqs) = cardinality(streams))))
)
WITH (fillfactor='70');

CREATE TABLE events.subscriptions (
    type text NOT NULL,
    subscriber text NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE freight.places (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    name text NOT NULL,
    address text NOT NULL,
    hours text NOT NULL,
    phone text NOT NULL,
    is_open boolean NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT places_address_length CHECK (((length(address) >= 1) AND (length(address) <= 120))),
    CONSTRAINT places_hours_length CHECK ((length(hours) <= 80)),
    CONSTRAINT places_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT places_name_length CHECK (((length(name) >= 1) AND (length(name) <= 40))),
    CONSTRAINT places_phone_length CHECK ((length(phone) <= 32))
);

CREATE TABLE freight.products (
    shard smallint NOT NULL,
    product_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    template_id uuid,
    CONSTRAINT products_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(product_id))))
);

CREATE VIEW freight.public_places AS
 SELECT shard,
    id,
    shop_id,
    name,
    address,
    hours,
    phone
   FROM freight.places
  WHERE is_open;

CREATE VIEW freight.public_products AS
 SELECT shard,
    product_id,
    shop_id,
    template_id
   FROM freight.products;

CREATE TABLE freight.templates (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    name text NOT NULL,
    method text NOT NULL,
    zones jsonb NOT NULL,
    excluded text[] NOT NULL,
    is_default boolean NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT templates_excluded_limit CHECK ((cardinality(excluded) <= 500)),
    CONSTRAINT templates_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT templates_method_is_known CHECK ((method = ANY (ARRAY['piece'::text, 'weight'::text]))),
    CONSTRAINT templates_name_length CHECK (((length(name) >= 1) AND (length(name) <= 40))),
    CONSTRAINT templates_zones_range CHECK (((jsonb_array_length(zones) >= 1) AND (jsonb_array_length(zones) <= 40)))
);

CREATE VIEW freight.public_templates AS
 SELECT shard,
    id,
    shop_id,
    name,
    method,
    zones,
    excluded,
    is_default
   FROM freight.templates;

CREATE TABLE freight.shops (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL
);

CREATE TABLE identity.addresses (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    region text NOT NULL,
    contact bytea NOT NULL,
    is_default boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    region_code text DEFAULT ''::text NOT NULL,
    tag text DEFAULT ''::text NOT NULL,
    CONSTRAINT addresses_contact_is_sealed CHECK (((octet_length(contact) >= 80) AND (octet_length(contact) <= 4000))),
    CONSTRAINT addresses_region_code_form CHECK (((region_code = ''::text) OR (region_code ~ '^[1-9][0-9]{5}$'::text))),
    CONSTRAINT addresses_region_length CHECK (((length(region) >= 1) AND (length(region) <= 100))),
    CONSTRAINT addresses_tag_is_known CHECK ((tag = ANY (ARRAY[''::text, 'home'::text, 'work'::text, 'other_person'::text])))
);

CREATE TABLE identity.allowance_spendings (
    shard smallint NOT NULL,
    person_id uuid NOT NULL,
    id uuid NOT NULL,
    allowance_id uuid NOT NULL,
    amount bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT allowance_spendings_amount_is_not_negative CHECK ((amount >= 0))
);

CREATE TABLE identity.allowances (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    key_id uuid NOT NULL,
    amount bigint NOT NULL,
    spent bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT allowances_amount_is_positive CHECK ((amount > 0)),
    CONSTRAINT allowances_not_overspent CHECK (((spent >= 0) AND (spent <= amount)))
);

CREATE TABLE identity.attempts (
    key text NOT NULL,
    attempts integer NOT NULL,
    locked_until timestamp with time zone,
    attempted_at timestamp with time zone NOT NULL,
    CONSTRAINT attempts_are_counted CHECK ((attempts >= 0)),
    CONSTRAINT attempts_key_length CHECK (((length(key) >= 1) AND (length(key) <= 120)))
);

COMMENT ON TABLE identity.attempts IS 'citus: distributed by key';

CREATE TABLE identity.people (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    handle text,
    phone bytea,
    display_name text NOT NULL,
    locale text NOT NULL,
    password_hash text NOT NULL,
    password_changed_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    named_at timestamp with time zone,
    taken_name text,
    taken_reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT people_display_name_length CHECK (((length(display_name) >= 1) AND (length(display_name) <= 40))),
    CONSTRAINT people_handle_is_plain CHECK ((handle ~ '^[a-z][a-z0-9_]{2,29}$'::text)),
    CONSTRAINT people_have_a_name_to_sign_in CHECK (((handle IS NOT NULL) OR (phone IS NOT NULL))),
    CONSTRAINT people_locale_is_known CHECK ((locale = ANY (ARRAY['zh-CN'::text, 'en'::text]))),
    CONSTRAINT people_password_is_hashed CHECK ((password_hash ~~ '$argon2id$%'::text)),
    CONSTRAINT people_phone_is_sealed CHECK (((octet_length(phone) >= 80) AND (octet_length(phone) <= 300))),
    CONSTRAINT people_taken_reason_length CHECK ((length(taken_reason) <= 500))
);

CREATE TABLE identity.roles (
    shard smallint NOT NULL,
    person_id uuid NOT NULL,
    scope text NOT NULL,
    role text NOT NULL,
    granted_at timestamp with time zone NOT NULL,
    CONSTRAINT roles_role_is_known CHECK ((role = ANY (ARRAY['operator'::text, 'arbiter'::text, 'reviewer'::text, 'auditor'::text, 'owner'::text, 'manager'::text, 'goods'::text, 'orders'::text, 'finance'::text, 'staff'::text]))),
    CONSTRAINT roles_scope_length CHECK (((length(scope) >= 1) AND (length(scope) <= 36)))
);

CREATE VIEW identity.callers AS
 SELECT shard,
    id AS person_id,
    handle,
    display_name,
    locale,
    ARRAY( SELECT ((r.scope || ' '::text) || r.role)
           FROM identity.roles r
          WHERE ((r.shard = p.shard) AND (r.person_id = p.id))
          ORDER BY r.scope, r.role) AS roles,
    taken_reason
   FROM identity.people p;

CREATE TABLE identity.names (
    name text NOT NULL,
    person_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT names_are_of_a_kind CHECK (((name ~ '^(handle|phone):'::text) AND ((length(name) >= 8) AND (length(name) <= 80))))
);

COMMENT ON TABLE identity.names IS 'citus: distributed by name';

CREATE TABLE identity.payment_passwords (
    shard smallint NOT NULL,
    person_id uuid NOT NULL,
    password_hash text NOT NULL,
    attempts integer NOT NULL,
    locked_until timestamp with time zone,
    set_at timestamp with time zone NOT NULL,
    reset_asked_at timestamp with time zone,
    reset_opens_at timestamp with time zone,
    reset_closes_at timestamp with time zone,
    spent_on date,
    spent bigint DEFAULT 0 NOT NULL,
    counted uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    CONSTRAINT payment_passwords_are_hashed CHECK ((password_hash ~~ '$argon2id$%'::text)),
    CONSTRAINT payment_passwords_attempts_are_counted CHECK ((attempts >= 0)),
    CONSTRAINT payment_passwords_reset_waits CHECK (((num_nulls(reset_asked_at, reset_opens_at, reset_closes_at) = 3) OR ((num_nulls(reset_asked_at, reset_opens_at, reset_closes_at) = 0) AND (reset_asked_at < reset_opens_at) AND (reset_opens_at < reset_closes_at)))),
    CONSTRAINT payment_passwords_spent_is_no_debt CHECK ((spent >= 0))
);

CREATE VIEW identity.public_addresses AS
 SELECT shard,
    person_id,
    id,
    region,
    contact,
    is_default,
    created_at,
    region_code,
    tag
   FROM identity.addresses;

CREATE VIEW identity.public_people AS
 SELECT shard,
    id,
    display_name,
    (taken_name IS NOT NULL) AS had_name_taken
   FROM identity.people;

CREATE TABLE identity.recovery_codes (
    shard smallint NOT NULL,
    person_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT recovery_codes_are_hashed CHECK ((octet_length(code_hash) = 32))
);

CREATE TABLE identity.second_factors (
    shard smallint NOT NULL,
    person_id uuid NOT NULL,
    secret_sealed bytea NOT NULL,
    last_step bigint NOT NULL,
    added_at timestamp with time zone NOT NULL
);

CREATE TABLE identity.sessions (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    address inet,
    user_agent text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    idle_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT sessions_end_in_time CHECK ((idle_at <= expires_at)),
    CONSTRAINT sessions_secret_is_hashed CHECK ((octet_length(secret_hash) = 32)),
    CONSTRAINT sessions_user_agent_length CHECK ((length(user_agent) <= 300))
)
WITH (fillfactor='80');

CREATE TABLE identity.staff_changes (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL,
    is_given boolean NOT NULL,
    proposed_by uuid,
    proposal_id uuid,
    actor_id uuid,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT staff_changes_given_by_two CHECK (
CASE
    WHEN (is_given AND (actor_id IS NOT NULL)) THEN COALESCE((proposed_by <> actor_id), false)
    ELSE (proposed_by IS NULL)
END),
    CONSTRAINT staff_changes_not_given_to_oneself CHECK (((NOT is_given) OR ((person_id IS DISTINCT FROM actor_id) AND (person_id IS DISTINCT FROM proposed_by)))),
    CONSTRAINT staff_changes_reason_length CHECK ((length(reason) <= 500)),
    CONSTRAINT staff_changes_role_is_known CHECK ((role = ANY (ARRAY['operator'::text, 'reviewer'::text, 'arbiter'::text, 'auditor'::text])))
);

CREATE TABLE identity.staff_turn (
    is_only boolean NOT NULL,
    CONSTRAINT staff_turn_is_one CHECK (is_only)
);

CREATE TABLE inventory.changes (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    sku_id uuid NOT NULL,
    warehouse_id uuid NOT NULL,
    units bigint NOT NULL,
    on_hand bigint NOT NULL,
    reason text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    at timestamp with time zone NOT NULL,
    CONSTRAINT changes_change_something CHECK ((units <> 0)),
    CONSTRAINT changes_live_in_the_shard_of_the_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT changes_note_length CHECK ((length(note) <= 200)),
    CONSTRAINT changes_on_hand_is_not_negative CHECK ((on_hand >= 0)),
    CONSTRAINT changes_reason_is_known CHECK ((reason = ANY (ARRAY['set'::text, 'moved'::text, 'received'::text, 'counted'::text, 'damaged'::text, 'lost'::text, 'found'::text, 'returned'::text, 'other'::text])))
);

CREATE TABLE inventory.holds (
    shard smallint NOT NULL,
    order_id uuid NOT NULL,
    sku_id uuid NOT NULL,
    warehouse_id uuid NOT NULL,
    held bigint NOT NULL,
    taken bigint NOT NULL,
    CONSTRAINT holds_held_is_not_negative CHECK ((held >= 0)),
    CONSTRAINT holds_live_in_the_shard_of_the_sku CHECK ((shard = kit.shard_of(sku_id))),
    CONSTRAINT holds_taken_is_not_negative CHECK ((taken >= 0))
)
WITH (fillfactor='80');

CREATE VIEW inventory.public_changes AS
 SELECT shard,
    id,
    shop_id,
    sku_id,
    warehouse_id,
    units,
    on_hand,
    reason,
    note,
    actor_kind,
    actor_id,
    at
   FROM inventory.changes;

CREATE VIEW inventory.public_holds AS
 SELECT shard,
    order_id,
    sku_id,
    warehouse_id,
    held,
    taken
   FROM inventory.holds;

CREATE TABLE inventory.stock (
    shard smallint NOT NULL,
    sku_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    on_hand bigint DEFAULT 0 NOT NULL,
    held bigint DEFAULT 0 NOT NULL,
    sold bigint DEFAULT 0 NOT NULL,
    is_keyed boolean DEFAULT false NOT NULL,
    shut bigint DEFAULT 0 NOT NULL,
    shelves jsonb,
    cap bigint,
    cap_from bigint,
    cap_until timestamp with time zone,
    CONSTRAINT stock_cap_is_whole CHECK ((((cap IS NULL) = (cap_from IS NULL)) AND ((cap IS NULL) = (cap_until IS NULL)))),
    CONSTRAINT stock_is_the_sum_of_its_shelves CHECK ((((shelves IS NULL) AND (shut = 0)) OR ((shelves IS NOT NULL) AND inventory.is_sum_of(shelves, on_hand, held, sold, shut)))),
    CONSTRAINT stock_lives_in_the_shard_of_its_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(sku_id)))),
    CONSTRAINT stock_not_oversold CHECK (((0 <= held) AND (held <= on_hand))),
    CONSTRAINT stock_on_hand_range CHECK ((on_hand <= 1000000000)),
    CONSTRAINT stock_sold_is_not_negative CHECK ((sold >= 0)),
    CONSTRAINT stock_within_cap CHECK (((held + sold) <= cap))
)
WITH (fillfactor='50');

CREATE VIEW inventory.public_stock AS
 SELECT shard,
    sku_id,
    shop_id,
    on_hand,
    held,
    LEAST(((on_hand - held) - shut), ((cap - held) - sold)) AS available,
    sold,
    is_keyed,
    shelves
   FROM inventory.stock;

CREATE TABLE inventory.warehouses (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    name text NOT NULL,
    region_code text DEFAULT ''::text NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    is_open boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT warehouses_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT warehouses_name_length CHECK (((length(name) >= 1) AND (length(name) <= 40))),
    CONSTRAINT warehouses_priority_range CHECK (((priority >= 0) AND (priority <= 999))),
    CONSTRAINT warehouses_region_code_shape CHECK ((region_code ~ '^([0-9]{6})?$'::text))
);

CREATE VIEW inventory.public_warehouses AS
 SELECT shard,
    id,
    shop_id,
    name,
    region_code,
    priority,
    is_open
   FROM inventory.warehouses;

CREATE TABLE kit.idempotency_keys (
    shard smallint NOT NULL,
    caller_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    lanes smallint[] NOT NULL,
    responses bytea[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT idempotency_keys_have_a_response_for_each_lane CHECK ((cardinality(lanes) = cardinality(responses))),
    CONSTRAINT idempotency_keys_key_length CHECK (((length(key) >= 1) AND (length(key) <= 255)))
);

CREATE TABLE kit.installation (
    is_only boolean DEFAULT true NOT NULL,
    id uuid NOT NULL,
    lanes smallint NOT NULL,
    clock_offset interval DEFAULT '00:00:00'::interval NOT NULL,
    is_clock_free boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    key_mark bytea,
    root_sealed bytea,
    CONSTRAINT installation_clock_goes_forward CHECK ((clock_offset >= '00:00:00'::interval)),
    CONSTRAINT installation_clock_is_true CHECK ((is_clock_free OR (clock_offset = '00:00:00'::interval))),
    CONSTRAINT installation_is_only CHECK (is_only),
    CONSTRAINT installation_key_mark_is_a_hash CHECK ((length(key_mark) = 32)),
    CONSTRAINT installation_lanes_divide_shards CHECK (((64 % (lanes)::integer) = 0)),
    CONSTRAINT installation_root_is_sealed CHECK (((length(root_sealed) >= 80) AND (length(root_sealed) <= 500)))
);

CREATE TABLE kit.jobs (
    name text NOT NULL,
    every interval NOT NULL,
    due_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    items integer DEFAULT 0 NOT NULL,
    total_items bigint DEFAULT 0 NOT NULL,
    runs bigint DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    error text
);

CREATE TABLE kit.set_aside (
    job text NOT NULL,
    id uuid NOT NULL,
    attempts integer NOT NULL,
    error text NOT NULL,
    since timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    CONSTRAINT set_aside_was_tried CHECK ((attempts > 0))
);

CREATE TABLE ledger.accounts (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    ledger integer NOT NULL,
    code smallint NOT NULL,
    flags smallint NOT NULL,
    owner_id uuid,
    debits_pending bigint DEFAULT 0 NOT NULL,
    debits_posted bigint DEFAULT 0 NOT NULL,
    credits_pending bigint DEFAULT 0 NOT NULL,
    credits_posted bigint DEFAULT 0 NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT accounts_code_is_given CHECK ((code <> 0)),
    CONSTRAINT accounts_counters_are_not_negative CHECK (((debits_pending >= 0) AND (debits_posted >= 0) AND (credits_pending >= 0) AND (credits_posted >= 0))),
    CONSTRAINT accounts_credits_do_not_exceed_debits CHECK (((((flags)::integer & 2) = 0) OR ((credits_posted + credits_pending) <= debits_posted))),
    CONSTRAINT accounts_debits_do_not_exceed_credits CHECK (((((flags)::integer & 1) = 0) OR ((debits_posted + debits_pending) <= credits_posted)))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02');

CREATE TABLE ledger.balance_snapshots (
    shard smallint NOT NULL,
    account_id uuid NOT NULL,
    "timestamp" bigint NOT NULL,
    debits_pending bigint NOT NULL,
    debits_posted bigint NOT NULL,
    credits_pending bigint NOT NULL,
    credits_posted bigint NOT NULL
);

CREATE TABLE ledger.batches (
    lane smallint NOT NULL,
    batch bigint NOT NULL,
    lanes smallint NOT NULL,
    size integer NOT NULL,
    first_timestamp bigint NOT NULL,
    last_timestamp bigint NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    checks bytea NOT NULL
);

CREATE TABLE ledger.failed_transfers (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    status text NOT NULL,
    "timestamp" bigint NOT NULL
);

CREATE TABLE ledger.heads (
    lane smallint NOT NULL,
    batch bigint NOT NULL,
    "timestamp" bigint NOT NULL,
    hash bytea NOT NULL,
    signed_batch bigint DEFAULT 0 NOT NULL,
    closed_until bigint DEFAULT 0 NOT NULL,
    closed_batch bigint DEFAULT 0 NOT NULL,
    CONSTRAINT heads_go_on_after_what_is_closed CHECK (((batch = closed_batch) OR ("timestamp" >= closed_until)))
)
WITH (fillfactor='10');

CREATE TABLE ledger.ledgers (
    id integer NOT NULL,
    asset text NOT NULL,
    scale smallint NOT NULL,
    description text NOT NULL
);

CREATE TABLE ledger.pending_transfers (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    state smallint NOT NULL,
    expires_at bigint,
    resolved_by uuid,
    CONSTRAINT pending_transfers_resolved_once CHECK (((state = 1) = (resolved_by IS NULL))),
    CONSTRAINT pending_transfers_state_is_known CHECK (((state >= 1) AND (state <= 4)))
)
WITH (fillfactor='70');

CREATE VIEW ledger.public_accounts AS
 SELECT shard,
    id,
    ledger,
    code,
    owner_id,
    debits_pending,
    debits_posted,
    credits_pending,
    credits_posted,
    (((flags)::integer & 16) <> 0) AS is_frozen
   FROM ledger.accounts;

CREATE TABLE ledger.transfers (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    debit_account_id uuid NOT NULL,
    credit_account_id uuid NOT NULL,
    amount bigint NOT NULL,
    requested bigint NOT NULL,
    pending_id uuid,
    timeout integer NOT NULL,
    ledger integer NOT NULL,
    code smallint NOT NULL,
    flags smallint NOT NULL,
    journal_id uuid,
    effective_at bigint,
    "timestamp" bigint NOT NULL,
    CONSTRAINT transfers_accounts_differ CHECK ((debit_account_id <> credit_account_id)),
    CONSTRAINT transfers_amount_is_in_range CHECK (((amount >= 0) AND (amount <= '9007199254740991'::bigint)))
);

CREATE VIEW ledger.public_moves AS
 SELECT transfers.shard,
    transfers.debit_account_id AS account_id,
    transfers."timestamp"
   FROM ledger.transfers
UNION ALL
 SELECT transfers.shard,
    transfers.credit_account_id AS account_id,
    transfers."timestamp"
   FROM ledger.transfers;

CREATE TABLE ledger.signatures (
    lane smallint NOT NULL,
    batch bigint NOT NULL,
    previous_batch bigint NOT NULL,
    hash bytea NOT NULL,
    public_key bytea NOT NULL,
    signature bytea NOT NULL,
    signed_at timestamp with time zone NOT NULL
);

CREATE TABLE media.owners (
    shard smallint NOT NULL,
    owner_id uuid NOT NULL,
    pictures bigint DEFAULT 0 NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    CONSTRAINT owners_bytes_are_not_negative CHECK ((bytes >= 0)),
    CONSTRAINT owners_live_in_their_own_shard CHECK ((shard = kit.shard_of(owner_id))),
    CONSTRAINT owners_pictures_are_not_negative CHECK ((pictures >= 0))
)
WITH (fillfactor='70');

CREATE TABLE media.pictures (
    shard smallint NOT NULL,
    owner_id uuid NOT NULL,
    hash bytea NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    bytes bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    sweep_at timestamp with time zone,
    duration_ms integer,
    CONSTRAINT pictures_duration_range CHECK ((duration_ms > 0)),
    CONSTRAINT pictures_hash_length CHECK ((length(hash) = 32)),
    CONSTRAINT pictures_have_bytes CHECK ((bytes > 0)),
    CONSTRAINT pictures_height_range CHECK (((height >= 1) AND (height <= 16383))),
    CONSTRAINT pictures_live_in_the_shard_of_their_owner CHECK ((shard = kit.shard_of(owner_id))),
    CONSTRAINT pictures_width_range CHECK (((width >= 1) AND (width <= 16383)))
);

CREATE TABLE media.videos (
    shard smallint NOT NULL,
    holder_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    hash bytea NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    duration_ms integer NOT NULL,
    cover text NOT NULL,
    alt text NOT NULL,
    shown_at timestamp with time zone NOT NULL,
    CONSTRAINT videos_alt_length CHECK ((length(alt) <= 200)),
    CONSTRAINT videos_hash_length CHECK ((length(hash) = 32)),
    CONSTRAINT videos_have_a_cover CHECK (((length(cover) >= 1) AND (length(cover) <= 200))),
    CONSTRAINT videos_have_a_duration CHECK ((duration_ms > 0)),
    CONSTRAINT videos_live_in_the_shard_of_the_owner CHECK (((shard = kit.shard_of(owner_id)) AND (shard = kit.shard_of(holder_id))))
);

CREATE VIEW media.public_videos AS
 SELECT shard,
    holder_id,
    (('/media/'::text || encode(hash, 'hex'::text)) || '.mp4'::text) AS url,
    cover,
    alt,
    width,
    height,
    duration_ms,
    owner_id,
    shown_at
   FROM media.videos;

CREATE TABLE media.uses (
    shard smallint NOT NULL,
    holder_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT uses_live_in_the_shard_of_the_owner CHECK ((shard = kit.shard_of(owner_id)))
);

CREATE TABLE onboarding.applications (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    attempts integer NOT NULL,
    checklist_version integer NOT NULL,
    submitted_at timestamp with time zone,
    promised_at timestamp with time zone,
    reviewer_id uuid,
    decided_at timestamp with time zone,
    reason text NOT NULL,
    forget_at timestamp with time zone,
    kind text,
    CONSTRAINT applications_attempts_are_counted CHECK ((attempts >= 0)),
    CONSTRAINT applications_handed_in_have_a_time CHECK (((state <> ALL (ARRAY['submitted'::text, 'in_review'::text, 'returned'::text, 'approved'::text])) OR ((submitted_at IS NOT NULL) AND (promised_at IS NOT NULL)))),
    CONSTRAINT applications_in_review_have_a_reviewer CHECK (((state <> 'in_review'::text) OR (reviewer_id IS NOT NULL))),
    CONSTRAINT applications_kind_is_known CHECK ((kind = ANY (ARRAY['person'::text, 'company'::text]))),
    CONSTRAINT applications_live_with_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT applications_reason_length CHECK ((length(reason) <= 500)),
    CONSTRAINT applications_state_is_known CHECK ((state = ANY (ARRAY['draft'::text, 'submitted'::text, 'in_review'::text, 'returned'::text, 'approved'::text, 'rejected'::text, 'withdrawn'::text])))
);

CREATE TABLE onboarding.checklists (
    version integer NOT NULL,
    checklist jsonb NOT NULL,
    author_id uuid,
    reason text NOT NULL,
    published_at timestamp with time zone NOT NULL,
    CONSTRAINT checklists_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT checklists_versions_count_up CHECK ((version > 0))
);

CREATE TABLE onboarding.documents (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    field text NOT NULL,
    media_type text NOT NULL,
    size integer NOT NULL,
    sealed bytea NOT NULL,
    added_at timestamp with time zone NOT NULL,
    CONSTRAINT documents_are_sealed CHECK ((octet_length(sealed) > size)),
    CONSTRAINT documents_live_with_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT documents_name_length CHECK (((length(field) >= 1) AND (length(field) <= 40))),
    CONSTRAINT documents_size_range CHECK (((size >= 1) AND (size <= 4194304))),
    CONSTRAINT documents_type_is_known CHECK ((media_type = ANY (ARRAY['image/jpeg'::text, 'image/png'::text, 'image/webp'::text, 'application/pdf'::text])))
);
ALTER TABLE ONLY onboarding.documents ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TABLE onboarding.fields (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    field text NOT NULL,
    sealed bytea NOT NULL,
    index bytea,
    state text NOT NULL,
    reason text NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    CONSTRAINT fields_index_is_blind CHECK ((octet_length(index) = 32)),
    CONSTRAINT fields_live_with_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT fields_name_length CHECK (((length(field) >= 1) AND (length(field) <= 40))),
    CONSTRAINT fields_reason_length CHECK ((length(reason) <= 500)),
    CONSTRAINT fields_refused_have_a_reason CHECK (((state <> 'refused'::text) OR (reason <> ''::text))),
    CONSTRAINT fields_state_is_known CHECK ((state = ANY (ARRAY['given'::text, 'accepted'::text, 'refused'::text]))),
    CONSTRAINT fields_value_is_sealed CHECK (((octet_length(sealed) >= 80) AND (octet_length(sealed) <= 1200)))
);

CREATE TABLE onboarding.numbers (
    index bytea NOT NULL,
    CONSTRAINT numbers_index_is_blind CHECK ((octet_length(index) = 32))
);

COMMENT ON TABLE onboarding.numbers IS 'citus: distributed by index';

CREATE VIEW onboarding.public_applications AS
 SELECT shard,
    shop_id,
    state,
    promised_at,
    decided_at
   FROM onboarding.applications;

CREATE VIEW onboarding.public_deposits AS
 SELECT a.shard,
    a.shop_id,
        CASE a.kind
            WHEN 'company'::text THEN c.company
            ELSE c.person
        END AS required,
        CASE
            WHEN (a.state <> 'draft'::text) THEN c.freeze_days
            ELSE NULL::integer
        END AS freeze_days,
    (a.state <> 'draft'::text) AS is_handed_in
   FROM (onboarding.applications a
     CROSS JOIN ( SELECT COALESCE(((checklists.checklist ->> 'person_deposit'::text))::bigint, (0)::bigint) AS person,
            COALESCE(((checklists.checklist ->> 'company_deposit'::text))::bigint, (0)::bigint) AS company,
            COALESCE(((checklists.checklist ->> 'deposit_freeze_days'::text))::integer, 30) AS freeze_days
           FROM onboarding.checklists
          ORDER BY checklists.version DESC
         LIMIT 1) c)
  WHERE ((a.state = ANY (ARRAY['submitted'::text, 'in_review'::text, 'returned'::text, 'approved'::text])) OR ((a.state = 'draft'::text) AND (a.kind IS NOT NULL)));

CREATE VIEW onboarding.public_desk AS
 SELECT shard,
    submitted_at AS since,
    promised_at AS due_at,
        CASE
            WHEN (state <> ALL (ARRAY['submitted'::text, 'in_review'::text])) THEN decided_at
            ELSE NULL::timestamp with time zone
        END AS done_at
   FROM onboarding.applications
  WHERE ((state = ANY (ARRAY['submitted'::text, 'in_review'::text, 'returned'::text, 'approved'::text, 'rejected'::text])) AND (submitted_at IS NOT NULL));

CREATE VIEW onboarding.public_names AS
 SELECT f.shard,
    f.shop_id,
    f.field,
    f.sealed
   FROM (onboarding.fields f
     JOIN onboarding.applications a ON (((a.shard = f.shard) AND (a.shop_id = f.shop_id) AND (a.state = 'approved'::text))))
  WHERE (f.field = ANY (ARRAY['name'::text, 'company_name'::text]));

CREATE TABLE orders.alarms (
    shard smallint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    id uuid NOT NULL,
    order_ids uuid[] NOT NULL
);

CREATE TABLE orders.cart_lines (
    shard smallint NOT NULL,
    person_id uuid NOT NULL,
    sku_id uuid NOT NULL,
    quantity integer NOT NULL,
    put_at timestamp with time zone NOT NULL,
    price_seen bigint,
    CONSTRAINT cart_lines_price_seen_range CHECK ((price_seen >= 0)),
    CONSTRAINT cart_lines_quantity_range CHECK (((quantity >= 1) AND (quantity <= 999)))
);

CREATE TABLE orders.consents (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    person_id uuid NOT NULL,
    order_id uuid NOT NULL,
    text_version integer NOT NULL,
    contact bytea,
    agreed_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT consents_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(order_id)))),
    CONSTRAINT consents_text_version_is_positive CHECK ((text_version > 0)),
    CONSTRAINT consents_withdrawn_keep_nothing CHECK (((contact IS NULL) = (withdrawn_at IS NOT NULL)))
);

CREATE TABLE orders.fee_previews (
    version integer NOT NULL,
    fingerprint text NOT NULL,
    previewed_at timestamp with time zone NOT NULL
);

CREATE TABLE orders.fee_rules (
    version integer NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    rules jsonb NOT NULL,
    author_id uuid,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    approver_id uuid,
    fingerprint text,
    CONSTRAINT fee_rules_leave_seven_tenths CHECK ((NOT (rules @? '$."rules"[*]."rate"?((@."fee_ppm" < 0 || @."commission_ppm" < 0) || @."fee_ppm" + @."commission_ppm" > 300000)'::jsonpath))),
    CONSTRAINT fee_rules_need_two_persons CHECK ((approver_id <> author_id)),
    CONSTRAINT fee_rules_never_reach_back CHECK (((effective_at >= created_at) OR (version = 1))),
    CONSTRAINT fee_rules_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT fee_rules_versions_count_up CHECK ((version > 0))
);

CREATE TABLE orders.horizons (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    open_from timestamp with time zone NOT NULL,
    CONSTRAINT horizons_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id)))
);

CREATE TABLE orders.invoice_books (
    shard smallint NOT NULL,
    person_id uuid NOT NULL,
    titles jsonb DEFAULT '[]'::jsonb NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT invoice_books_live_in_the_shard_of_their_person CHECK ((shard = kit.shard_of(person_id))),
    CONSTRAINT invoice_books_titles_max CHECK ((jsonb_array_length(titles) <= 20))
);

CREATE TABLE orders.invoice_offers (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    is_offered boolean NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT invoice_offers_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id)))
);

CREATE TABLE orders.invoice_papers (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    kind text NOT NULL,
    number text NOT NULL,
    issued_on date NOT NULL,
    amount bigint NOT NULL,
    media_type text,
    size integer,
    sealed bytea,
    added_at timestamp with time zone NOT NULL,
    CONSTRAINT invoice_papers_amount_is_positive CHECK ((amount > 0)),
    CONSTRAINT invoice_papers_blue_have_a_file CHECK (((kind = 'red'::text) OR (sealed IS NOT NULL))),
    CONSTRAINT invoice_papers_file_is_whole CHECK ((((media_type IS NULL) = (size IS NULL)) AND ((size IS NULL) = (sealed IS NULL)))),
    CONSTRAINT invoice_papers_kind_is_known CHECK ((kind = ANY (ARRAY['blue'::text, 'red'::text]))),
    CONSTRAINT invoice_papers_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(order_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT invoice_papers_number_form CHECK ((number ~ '^([0-9]{8}|[0-9]{20})$'::text)),
    CONSTRAINT invoice_papers_size_range CHECK (((size >= 1) AND (size <= 2097152)))
);

CREATE TABLE orders.invoices (
    shard smallint NOT NULL,
    order_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    state text NOT NULL,
    title jsonb NOT NULL,
    amount bigint DEFAULT 0 NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    is_lapsed boolean DEFAULT false NOT NULL,
    CONSTRAINT invoices_in_force_have_an_amount CHECK (((state = ANY (ARRAY['issued'::text, 'to_correct'::text])) = (amount > 0))),
    CONSTRAINT invoices_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(order_id)))),
    CONSTRAINT invoices_reason_length CHECK ((length(reason) <= 200)),
    CONSTRAINT invoices_state_is_known CHECK ((state = ANY (ARRAY['requested'::text, 'issued'::text, 'to_correct'::text, 'corrected'::text, 'refused'::text, 'withdrawn'::text]))),
    CONSTRAINT invoices_title_length CHECK ((length((title)::text) <= 2000))
);

CREATE TABLE orders.lines (
    shard smallint NOT NULL,
    order_id uuid NOT NULL,
    line smallint NOT NULL,
    sku_id uuid NOT NULL,
    product_id uuid NOT NULL,
    title text NOT NULL,
    choices text[] NOT NULL,
    picture text,
    kind text NOT NULL,
    price bigint NOT NULL,
    quantity integer NOT NULL,
    shipped integer DEFAULT 0 NOT NULL,
    amount bigint NOT NULL,
    reasons jsonb NOT NULL,
    shares jsonb NOT NULL,
    cancelled integer DEFAULT 0 NOT NULL,
    withheld integer DEFAULT 0 NOT NULL,
    returned integer DEFAULT 0 NOT NULL,
    refunded bigint DEFAULT 0 NOT NULL,
    replaced_at timestamp with time zone,
    no_reason_days smallint,
    aftersale_days smallint,
    given_back_at timestamp with time zone,
    CONSTRAINT lines_aftersale_days_range CHECK (((aftersale_days >= 1) AND (aftersale_days <= 365))),
    CONSTRAINT lines_amount_is_price_times_quantity CHECK ((amount = (price * quantity))),
    CONSTRAINT lines_cancelled_is_not_negative CHECK ((cancelled >= 0)),
    CONSTRAINT lines_no_reason_days_range CHECK (((no_reason_days >= 0) AND (no_reason_days <= 90))),
    CONSTRAINT lines_not_refunded_beyond_their_share CHECK (((refunded >= 0) AND (refunded <= (((shares ->> 'goods'::text))::bigint + ((shares ->> 'freight'::text))::bigint)))),
    CONSTRAINT lines_quantity_range CHECK (((quantity >= 1) AND (quantity <= 999))),
    CONSTRAINT lines_returned_were_sent CHECK (((returned >= 0) AND (returned <= shipped))),
    CONSTRAINT lines_shipped_range CHECK (((shipped >= 0) AND (shipped <= quantity))),
    CONSTRAINT lines_units_are_sent_or_given_up_once CHECK ((((shipped + cancelled) + withheld) <= quantity)),
    CONSTRAINT lines_withheld_is_not_negative CHECK ((withheld >= 0))
)
WITH (fillfactor='60');

CREATE TABLE orders.orders (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    number text NOT NULL,
    shop_id uuid NOT NULL,
    shop_name text NOT NULL,
    buyer_id uuid NOT NULL,
    buyer_name text NOT NULL,
    state text NOT NULL,
    goods bigint NOT NULL,
    freight bigint NOT NULL,
    total bigint NOT NULL,
    fee bigint NOT NULL,
    rules_version integer NOT NULL,
    address jsonb,
    note text NOT NULL,
    units integer NOT NULL,
    units_shipped integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone,
    prolonged smallint DEFAULT 0 NOT NULL,
    payment_id uuid,
    channel text,
    refund_id uuid,
    refund_reason text,
    placed_at timestamp with time zone NOT NULL,
    paid_at timestamp with time zone,
    shipped_at timestamp with time zone,
    received_at timestamp with time zone,
    settled_at timestamp with time zone,
    closed_at timestamp with time zone,
    refunded_at timestamp with time zone,
    freight_reasons jsonb DEFAULT '[]'::jsonb NOT NULL,
    gift jsonb,
    delivery text DEFAULT 'physical'::text NOT NULL,
    keys_shown_at timestamp with time zone,
    ships_at timestamp with time zone,
    open_cases smallint DEFAULT 0 NOT NULL,
    time_left interval,
    refunded bigint DEFAULT 0 NOT NULL,
    fee_refunded bigint DEFAULT 0 NOT NULL,
    open_chargebacks smallint DEFAULT 0 NOT NULL,
    fee_version integer,
    settle_days smallint,
    discount bigint DEFAULT 0 NOT NULL,
    subsidy bigint DEFAULT 0 NOT NULL,
    subsidy_refunded bigint DEFAULT 0 NOT NULL,
    coupons jsonb,
    pickup jsonb,
    conceded bigint DEFAULT 0 NOT NULL,
    CONSTRAINT orders_clock_stands_while_cases_are_open CHECK (((due_at IS NULL) OR (open_cases = 0))),
    CONSTRAINT orders_conceded_range CHECK (((conceded >= 0) AND (conceded <= discount))),
    CONSTRAINT orders_delivery_is_known CHECK ((delivery = ANY (ARRAY['physical'::text, 'virtual'::text]))),
    CONSTRAINT orders_discount_range CHECK ((discount >= 0)),
    CONSTRAINT orders_fee_not_refunded_beyond_fee CHECK (((fee_refunded >= 0) AND (fee_refunded <= fee))),
    CONSTRAINT orders_fee_within_total CHECK (((fee >= 0) AND (fee <= (total + subsidy)))),
    CONSTRAINT orders_freight_range CHECK ((freight >= 0)),
    CONSTRAINT orders_gift_length CHECK ((length((gift)::text) <= 2000)),
    CONSTRAINT orders_goods_range CHECK ((goods >= 0)),
    CONSTRAINT orders_handed_out_whole CHECK (((delivery = 'physical'::text) OR (state <> 'part_shipped'::text))),
    CONSTRAINT orders_not_refunded_beyond_total CHECK (((refunded >= 0) AND (refunded <= total))),
    CONSTRAINT orders_note_length CHECK ((length(note) <= 500)),
    CONSTRAINT orders_open_cases_range CHECK (((open_cases >= 0) AND (open_cases <= 50))),
    CONSTRAINT orders_open_chargebacks_range CHECK (((open_chargebacks >= 0) AND (open_chargebacks <= open_cases))),
    CONSTRAINT orders_paid_have_a_payment CHECK (((state = ANY (ARRAY['created'::text, 'closed'::text])) OR ((payment_id IS NOT NULL) AND (paid_at IS NOT NULL)))),
    CONSTRAINT orders_picked_up_are_not_sent CHECK (((pickup IS NULL) OR ((delivery = 'physical'::text) AND (freight = 0) AND (state <> ALL (ARRAY['part_shipped'::text, 'shipped'::text]))))),
    CONSTRAINT orders_reductions_are_by_coupons_or_conceded CHECK ((((discount + subsidy) = conceded) OR (coupons IS NOT NULL))),
    CONSTRAINT orders_refunded_have_a_refund CHECK (((state <> 'refunded'::text) OR (refund_id IS NOT NULL))),
    CONSTRAINT orders_sent_have_an_address CHECK (((delivery = 'virtual'::text) OR (address IS NOT NULL))),
    CONSTRAINT orders_settle_days_range CHECK (((settle_days >= 0) AND (settle_days <= 90))),
    CONSTRAINT orders_shipped_are_whole CHECK ((((units_shipped >= 0) AND (units_shipped <= units)) AND ((state <> 'shipped'::text) OR (units_shipped = units)) AND ((state <> ALL (ARRAY['part_shipped'::text, 'received'::text, 'completed'::text])) OR (units_shipped > 0)))),
    CONSTRAINT orders_shown_keys_are_kept CHECK (((keys_shown_at IS NULL) OR ((delivery = 'virtual'::text) AND (state = ANY (ARRAY['shipped'::text, 'received'::text, 'completed'::text, 'refunded'::text]))))),
    CONSTRAINT orders_state_is_known CHECK ((state = ANY (ARRAY['created'::text, 'paid'::text, 'part_shipped'::text, 'shipped'::text, 'received'::text, 'completed'::text, 'closed'::text, 'refunded'::text]))),
    CONSTRAINT orders_subsidy_not_returned_beyond_subsidy CHECK (((subsidy_refunded >= 0) AND (subsidy_refunded <= subsidy))),
    CONSTRAINT orders_subsidy_range CHECK ((subsidy >= 0)),
    CONSTRAINT orders_time_is_kept_for_open_cases CHECK (((time_left IS NULL) OR (open_cases > 0))),
    CONSTRAINT orders_time_left_is_not_negative CHECK ((time_left >= '00:00:00'::interval)),
    CONSTRAINT orders_total_is_the_sum CHECK ((total = (((goods + freight) - discount) - subsidy))),
    CONSTRAINT orders_total_range CHECK (((total >= 0) AND (total <= '9007199254740991'::bigint)))
)
WITH (fillfactor='50');

CREATE TABLE orders.parcels (
    shard smallint NOT NULL,
    order_id uuid NOT NULL,
    id uuid NOT NULL,
    carrier text NOT NULL,
    tracking_number text NOT NULL,
    lines jsonb NOT NULL,
    shipped_at timestamp with time zone NOT NULL,
    warehouse_id uuid,
    delivered_at timestamp with time zone,
    CONSTRAINT parcels_carrier_length CHECK (((length(carrier) >= 1) AND (length(carrier) <= 40))),
    CONSTRAINT parcels_number_length CHECK (((length(tracking_number) >= 1) AND (length(tracking_number) <= 40)))
);

CREATE TABLE orders.pickup_codes (
    shard smallint NOT NULL,
    order_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    blind_index bytea NOT NULL,
    sealed bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT pickup_codes_blind_index_length CHECK ((length(blind_index) = 32)),
    CONSTRAINT pickup_codes_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(order_id))))
);

CREATE TABLE orders.pickup_tries (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    wrong smallint NOT NULL,
    since timestamp with time zone NOT NULL,
    CONSTRAINT pickup_tries_are_counted CHECK ((wrong >= 0)),
    CONSTRAINT pickup_tries_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id)))
);

CREATE TABLE orders.rules (
    version integer NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    rules jsonb NOT NULL,
    author_id uuid,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    approver_id uuid,
    CONSTRAINT rules_need_two_persons CHECK ((approver_id <> author_id)),
    CONSTRAINT rules_never_reach_back CHECK (((effective_at >= created_at) OR (version = 1))),
    CONSTRAINT rules_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT rules_versions_count_up CHECK ((version > 0))
);

CREATE VIEW orders.public_asking AS
 SELECT l.shard,
    l.order_id,
    l.line,
    o.received_at,
    l.replaced_at,
    l.given_back_at,
    l.no_reason_days,
    l.aftersale_days,
    r.rules
   FROM ((orders.lines l
     JOIN orders.orders o ON (((o.shard = l.shard) AND (o.id = l.order_id))))
     JOIN orders.rules r ON ((r.version = o.rules_version)));

CREATE VIEW orders.public_holds AS
 SELECT shard,
    id,
    number,
    open_cases,
    open_chargebacks,
    payment_id
   FROM orders.orders;

CREATE VIEW orders.public_lines AS
 SELECT shard,
    order_id,
    line,
    product_id,
    sku_id,
    title,
    choices,
    picture,
    kind,
    quantity
   FROM orders.lines;

CREATE VIEW orders.public_orders AS
 SELECT shard,
    id,
    number,
    shop_id,
    shop_name,
    buyer_id,
    buyer_name,
    state,
    settled_at,
    total,
    placed_at,
    paid_at,
    ships_at,
    ((refunded > 0) AND (refunded = total)) AS is_undone
   FROM orders.orders;

CREATE VIEW orders.public_parcels AS
 SELECT shard,
    id,
    order_id,
    carrier,
    tracking_number,
    shipped_at,
    delivered_at
   FROM orders.parcels;

CREATE TABLE orders.rejections (
    shard smallint NOT NULL,
    order_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    rejected_at timestamp with time zone NOT NULL
);

CREATE VIEW orders.public_rejections AS
 SELECT shard,
    order_id,
    payment_id
   FROM orders.rejections;

CREATE VIEW orders.public_terms AS
 SELECT o.shard,
    o.id,
    ((r.rules ->> 'applications_max'::text))::integer AS applications_max,
    o.address,
    o.state,
    o.due_at,
    (o.pickup IS NOT NULL) AS is_picked_up
   FROM (orders.orders o
     JOIN orders.rules r ON ((r.version = o.rules_version)));

CREATE TABLE orders.sales (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    sold_on date NOT NULL,
    day_sales bigint NOT NULL,
    total_sales bigint NOT NULL,
    CONSTRAINT sales_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id)))
)
WITH (fillfactor='50');

CREATE TABLE orders.ship_reminders (
    shard smallint NOT NULL,
    order_id uuid NOT NULL,
    reminded_at timestamp with time zone NOT NULL,
    CONSTRAINT ship_reminders_live_in_the_shard_of_their_order CHECK ((shard = kit.shard_of(order_id)))
);

CREATE TABLE packets.claims (
    shard smallint NOT NULL,
    packet_id uuid NOT NULL,
    place integer NOT NULL,
    finder_id uuid NOT NULL,
    finder_name text NOT NULL,
    amount bigint NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    CONSTRAINT claims_amount_is_positive CHECK ((amount > 0)),
    CONSTRAINT claims_live_in_the_shard_of_their_packet CHECK ((shard = kit.shard_of(packet_id))),
    CONSTRAINT claims_places_count_up CHECK ((place > 0))
);

CREATE TABLE packets.days (
    shard smallint NOT NULL,
    person_id uuid NOT NULL,
    "on" date NOT NULL,
    amount bigint DEFAULT 0 NOT NULL,
    packets integer DEFAULT 0 NOT NULL,
    CONSTRAINT days_amount_is_not_negative CHECK ((amount >= 0)),
    CONSTRAINT days_live_in_the_shard_of_their_person CHECK ((shard = kit.shard_of(person_id))),
    CONSTRAINT days_packets_are_not_negative CHECK ((packets >= 0))
)
WITH (fillfactor='70');

CREATE TABLE packets.packets (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    sender_id uuid NOT NULL,
    sender_name text NOT NULL,
    recipient_id uuid,
    division text NOT NULL,
    amount bigint NOT NULL,
    parts integer NOT NULL,
    greeting text NOT NULL,
    key text NOT NULL,
    rules_version integer NOT NULL,
    state text NOT NULL,
    taken integer DEFAULT 0 NOT NULL,
    claimed bigint DEFAULT 0 NOT NULL,
    returned bigint DEFAULT 0 NOT NULL,
    returns smallint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    ended_at timestamp with time zone,
    payer text DEFAULT 'wallet'::text NOT NULL,
    offered_to_id uuid,
    CONSTRAINT packets_are_empty_when_all_is_taken CHECK ((((state = 'empty'::text) = (taken = parts)) AND ((state = 'empty'::text) = (claimed = amount)))),
    CONSTRAINT packets_claimed_leaves_one_for_each_part CHECK ((((claimed >= taken) AND (claimed <= (amount - (parts - taken)))) AND ((taken > 0) OR (claimed = 0)))),
    CONSTRAINT packets_division_is_known CHECK ((division = ANY (ARRAY['equal'::text, 'lucky'::text]))),
    CONSTRAINT packets_for_one_person_are_offered_to_them CHECK (((offered_to_id IS NULL) OR (recipient_id IS NULL) OR (offered_to_id = recipient_id))),
    CONSTRAINT packets_for_one_person_have_one_part CHECK (((recipient_id IS NULL) OR (parts = 1))),
    CONSTRAINT packets_greeting_length CHECK (((length(greeting) >= 1) AND (length(greeting) <= 60))),
    CONSTRAINT packets_key_shape CHECK ((key ~ '^[A-Za-z0-9_-]{16}$'::text)),
    CONSTRAINT packets_live_in_the_shard_of_their_sender CHECK (((shard = kit.shard_of(sender_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT packets_not_overclaimed CHECK (((taken >= 0) AND (taken <= parts))),
    CONSTRAINT packets_parts_are_at_least_one CHECK (((1 <= parts) AND (parts <= amount))),
    CONSTRAINT packets_payer_is_known CHECK ((payer = ANY (ARRAY['wallet'::text, 'shop'::text]))),
    CONSTRAINT packets_return_what_is_left CHECK ((returned =
CASE
    WHEN (state = 'expired'::text) THEN (amount - claimed)
    ELSE (0)::bigint
END)),
    CONSTRAINT packets_state_is_known CHECK ((state = ANY (ARRAY['open'::text, 'empty'::text, 'expired'::text]))),
    CONSTRAINT packets_that_ended_are_not_due CHECK ((((state = 'open'::text) = (due_at IS NOT NULL)) AND ((state = 'open'::text) = (ended_at IS NULL)))),
    CONSTRAINT packets_wait_for_a_while CHECK ((expires_at > created_at))
)
WITH (fillfactor='50');

CREATE VIEW packets.public_packets AS
 SELECT shard,
    id,
    sender_id,
    amount,
    parts,
    greeting,
    state,
    taken,
    claimed,
    returned,
    created_at,
    expires_at,
    ended_at
   FROM packets.packets;

CREATE TABLE packets.received (
    shard smallint NOT NULL,
    person_id uuid NOT NULL,
    packet_id uuid NOT NULL,
    sender_id uuid NOT NULL,
    sender_name text NOT NULL,
    greeting text NOT NULL,
    key text,
    amount bigint,
    place integer,
    at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT received_amount_has_a_place CHECK (((amount IS NULL) = (place IS NULL))),
    CONSTRAINT received_amount_is_positive CHECK ((amount > 0)),
    CONSTRAINT received_live_in_the_shard_of_their_person CHECK ((shard = kit.shard_of(person_id))),
    CONSTRAINT received_or_offered CHECK (((amount IS NOT NULL) OR ((key IS NOT NULL) AND (expires_at IS NOT NULL))))
)
WITH (fillfactor='80');

CREATE TABLE packets.splits (
    shard smallint NOT NULL,
    packet_id uuid NOT NULL,
    amount bigint NOT NULL,
    parts integer[] NOT NULL,
    nonce bytea NOT NULL,
    commitment bytea NOT NULL,
    CONSTRAINT splits_keep_their_commitment CHECK ((commitment = packets.commitment_of(packet_id, nonce, parts))),
    CONSTRAINT splits_live_in_the_shard_of_their_packet CHECK ((shard = kit.shard_of(packet_id))),
    CONSTRAINT splits_nonce_length CHECK ((length(nonce) = 16)),
    CONSTRAINT splits_parts_add_up CHECK ((packets.total(parts) = amount)),
    CONSTRAINT splits_parts_are_at_least_one CHECK ((1 <= ALL (parts)))
);

CREATE TABLE payments.bank_batches (
    id uuid NOT NULL,
    number text NOT NULL,
    columns text NOT NULL,
    encoding text NOT NULL,
    lines integer NOT NULL,
    amount bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by uuid,
    CONSTRAINT bank_batches_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT bank_batches_columns_length CHECK (((length(columns) >= 1) AND (length(columns) <= 2000))),
    CONSTRAINT bank_batches_encoding_is_known CHECK ((encoding = ANY (ARRAY['utf-8-sig'::text, 'gb18030'::text]))),
    CONSTRAINT bank_batches_lines_range CHECK (((lines >= 1) AND (lines <= 500))),
    CONSTRAINT bank_batches_number_length CHECK (((length(number) >= 1) AND (length(number) <= 32)))
);

COMMENT ON TABLE payments.bank_batches IS 'Files of transfers for the bank. citus: reference';

CREATE TABLE payments.bank_payers (
    shard smallint NOT NULL,
    payment_id uuid NOT NULL,
    reference text NOT NULL,
    holder text NOT NULL,
    bank text NOT NULL,
    number_sealed bytea NOT NULL,
    CONSTRAINT bank_payers_bank_length CHECK ((length(bank) <= 500)),
    CONSTRAINT bank_payers_holder_length CHECK (((length(holder) >= 1) AND (length(holder) <= 500))),
    CONSTRAINT bank_payers_number_sealed_length CHECK (((length(number_sealed) >= 1) AND (length(number_sealed) <= 500))),
    CONSTRAINT bank_payers_reference_length CHECK (((length(reference) >= 1) AND (length(reference) <= 64)))
);

CREATE TABLE payments.bank_statements (
    id uuid NOT NULL,
    name text NOT NULL,
    lines integer NOT NULL,
    matched integer NOT NULL,
    known integer NOT NULL,
    unmatched integer NOT NULL,
    amount bigint NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    imported_at timestamp with time zone NOT NULL,
    imported_by uuid,
    debits integer DEFAULT 0 NOT NULL,
    paid integer DEFAULT 0 NOT NULL,
    corrections integer DEFAULT 0 NOT NULL,
    paying bigint DEFAULT 0 NOT NULL,
    debits_unmatched integer DEFAULT 0 NOT NULL,
    CONSTRAINT bank_statements_amount_range CHECK ((amount >= 0)),
    CONSTRAINT bank_statements_corrections_range CHECK (((corrections >= 0) AND (corrections <= lines))),
    CONSTRAINT bank_statements_days_in_order CHECK ((first_on <= last_on)),
    CONSTRAINT bank_statements_debits_add_up CHECK (((paid >= 0) AND (paid <= debits) AND (debits <= lines))),
    CONSTRAINT bank_statements_debits_unmatched_range CHECK (((debits_unmatched >= 0) AND (debits_unmatched <= debits))),
    CONSTRAINT bank_statements_lines_add_up CHECK (((matched >= 0) AND (known >= 0) AND (unmatched >= 0) AND (((matched + known) + unmatched) <= lines))),
    CONSTRAINT bank_statements_lines_range CHECK (((lines >= 1) AND (lines <= 20000))),
    CONSTRAINT bank_statements_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT bank_statements_paying_range CHECK ((paying >= 0))
);

CREATE TABLE payments.bank_transfers (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    attempt smallint NOT NULL,
    reference text NOT NULL,
    amount bigint NOT NULL,
    holder text NOT NULL,
    bank text NOT NULL,
    last4 text NOT NULL,
    number_sealed bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    batch_id uuid,
    line integer,
    status text DEFAULT 'waiting'::text NOT NULL,
    told_at timestamp with time zone,
    reason text DEFAULT ''::text NOT NULL,
    returned_by text,
    paid_by text,
    paid_again text,
    CONSTRAINT bank_transfers_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT bank_transfers_attempt_is_not_negative CHECK ((attempt >= 0)),
    CONSTRAINT bank_transfers_bank_length CHECK ((length(bank) <= 500)),
    CONSTRAINT bank_transfers_have_a_line_in_a_batch CHECK (((batch_id IS NULL) = (line IS NULL))),
    CONSTRAINT bank_transfers_holder_length CHECK (((length(holder) >= 1) AND (length(holder) <= 500))),
    CONSTRAINT bank_transfers_kind_is_known CHECK ((kind = ANY (ARRAY['payout'::text, 'refund'::text]))),
    CONSTRAINT bank_transfers_last4_is_four_digits CHECK ((last4 ~ '^[0-9]{4}$'::text)),
    CONSTRAINT bank_transfers_live_in_the_shard_of_their_subject CHECK (((shard = kit.shard_of(subject_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT bank_transfers_number_sealed_length CHECK (((length(number_sealed) >= 1) AND (length(number_sealed) <= 500))),
    CONSTRAINT bank_transfers_paid_again_by_another_line CHECK ((paid_again <> paid_by)),
    CONSTRAINT bank_transfers_paid_again_length CHECK (((length(paid_again) >= 1) AND (length(paid_again) <= 50))),
    CONSTRAINT bank_transfers_paid_by_length CHECK (((length(paid_by) >= 1) AND (length(paid_by) <= 50))),
    CONSTRAINT bank_transfers_reason_length CHECK ((length(reason) <= 200)),
    CONSTRAINT bank_transfers_reference_form CHECK ((reference ~ '^[0-9A-HJKMNP-TV-Z]{12}$'::text)),
    CONSTRAINT bank_transfers_returned_by_length CHECK (((length(returned_by) >= 1) AND (length(returned_by) <= 50))),
    CONSTRAINT bank_transfers_sent_in_a_batch CHECK (((status = 'waiting'::text) = (batch_id IS NULL))),
    CONSTRAINT bank_transfers_status_is_known CHECK ((status = ANY (ARRAY['waiting'::text, 'sent'::text, 'paid'::text, 'rejected'::text, 'returned'::text]))),
    CONSTRAINT bank_transfers_told_when_ended CHECK (((status = ANY (ARRAY['waiting'::text, 'sent'::text])) = (told_at IS NULL)))
);

CREATE TABLE payments.captures (
    shard smallint NOT NULL,
    channel text NOT NULL,
    reference text NOT NULL,
    payment_id uuid,
    amount bigint NOT NULL,
    disposition text NOT NULL,
    captured_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT captures_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT captures_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT captures_disposition_is_known CHECK ((disposition = ANY (ARRAY['paid_twice'::text, 'unmatched'::text]))),
    CONSTRAINT captures_ended_were_unmatched CHECK (((ended_at IS NULL) OR (disposition = 'unmatched'::text))),
    CONSTRAINT captures_reference_length CHECK (((length(reference) >= 1) AND (length(reference) <= 64)))
);

CREATE TABLE payments.channels (
    name text NOT NULL,
    version integer NOT NULL,
    is_open boolean NOT NULL,
    settings jsonb NOT NULL,
    secrets jsonb NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT channels_name_is_a_word CHECK ((name ~ '^[a-z][a-z0-9_]{0,31}$'::text)),
    CONSTRAINT channels_secrets_are_an_object CHECK ((jsonb_typeof(secrets) = 'object'::text)),
    CONSTRAINT channels_settings_are_an_object CHECK ((jsonb_typeof(settings) = 'object'::text)),
    CONSTRAINT channels_versions_count_up CHECK ((version > 0))
);

CREATE TABLE payments.chargebacks (
    shard smallint NOT NULL,
    channel text NOT NULL,
    reference text NOT NULL,
    payment_id uuid NOT NULL,
    amount bigint NOT NULL,
    fee bigint NOT NULL,
    reason text NOT NULL,
    respond_by timestamp with time zone,
    received_at timestamp with time zone NOT NULL,
    is_won boolean,
    ended_at timestamp with time zone,
    CONSTRAINT chargebacks_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT chargebacks_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT chargebacks_ended_when_decided CHECK (((is_won IS NULL) = (ended_at IS NULL))),
    CONSTRAINT chargebacks_fee_is_in_range CHECK (((fee >= 0) AND (fee <= '9007199254740991'::bigint))),
    CONSTRAINT chargebacks_live_with_their_payment CHECK ((shard = kit.shard_of(payment_id))),
    CONSTRAINT chargebacks_reason_length CHECK ((length(reason) <= 200)),
    CONSTRAINT chargebacks_reference_length CHECK (((length(reference) >= 1) AND (length(reference) <= 64)))
);

CREATE TABLE payments.enrolment_papers (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    channel text NOT NULL,
    paper text NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT enrolment_papers_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT enrolment_papers_live_with_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT enrolment_papers_paper_length CHECK (((length(paper) >= 1) AND (length(paper) <= 32))),
    CONSTRAINT enrolment_papers_sealed_length CHECK (((length(sealed) >= 1) AND (length(sealed) <= 2200000)))
);

CREATE TABLE payments.enrolments (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    channel text NOT NULL,
    status text NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    reference text,
    answers_sealed bytea,
    told_sealed bytea,
    fault text DEFAULT ''::text NOT NULL,
    queries smallint DEFAULT 0 NOT NULL,
    query_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    was text,
    given_sealed bytea,
    given_last4 text,
    CONSTRAINT enrolments_answers_sealed_length CHECK (((length(answers_sealed) >= 1) AND (length(answers_sealed) <= 30000))),
    CONSTRAINT enrolments_asked_while_open CHECK (
CASE
    WHEN (status = ANY (ARRAY['in_review'::text, 'to_act'::text])) THEN (query_at IS NOT NULL)
    WHEN (status = 'handed_in'::text) THEN ((query_at IS NOT NULL) OR (fault <> ''::text))
    ELSE (query_at IS NULL)
END),
    CONSTRAINT enrolments_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT enrolments_fault_length CHECK ((length(fault) <= 200)),
    CONSTRAINT enrolments_forget_answers CHECK (((answers_sealed IS NULL) = (COALESCE(was, status) = ANY (ARRAY['wanted'::text, 'taken_on'::text])))),
    CONSTRAINT enrolments_given_last4_is_four_digits CHECK ((given_last4 ~ '^[0-9]{4}$'::text)),
    CONSTRAINT enrolments_given_sealed_length CHECK (((length(given_sealed) >= 1) AND (length(given_sealed) <= 500))),
    CONSTRAINT enrolments_given_when_taken_on CHECK (((given_last4 IS NULL) OR (status = 'taken_on'::text))),
    CONSTRAINT enrolments_given_whole CHECK (((given_sealed IS NULL) = (given_last4 IS NULL))),
    CONSTRAINT enrolments_live_with_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT enrolments_reference_length CHECK (((length(reference) >= 1) AND (length(reference) <= 64))),
    CONSTRAINT enrolments_status_is_known CHECK ((status = ANY (ARRAY['wanted'::text, 'handed_in'::text, 'in_review'::text, 'to_act'::text, 'refused'::text, 'taken_on'::text]))),
    CONSTRAINT enrolments_told_sealed_length CHECK (((length(told_sealed) >= 1) AND (length(told_sealed) <= 30000))),
    CONSTRAINT enrolments_were_not_at_the_channel CHECK (((was IS NULL) OR ((status = 'taken_on'::text) AND (was = ANY (ARRAY['wanted'::text, 'handed_in'::text, 'refused'::text])))))
)
WITH (fillfactor='80');

CREATE TABLE payments.former_sub_merchants (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    channel text NOT NULL,
    number_sealed bytea NOT NULL,
    last4 text NOT NULL,
    bound_at timestamp with time zone NOT NULL,
    unbound_at timestamp with time zone NOT NULL,
    CONSTRAINT former_sub_merchants_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT former_sub_merchants_last4_is_four_digits CHECK ((last4 ~ '^[0-9]{4}$'::text)),
    CONSTRAINT former_sub_merchants_live_with_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT former_sub_merchants_number_sealed_length CHECK (((length(number_sealed) >= 1) AND (length(number_sealed) <= 500)))
);

CREATE TABLE payments.frozen_payments (
    shard smallint NOT NULL,
    payment_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    number_sealed bytea NOT NULL,
    CONSTRAINT frozen_payments_live_with_their_payment CHECK ((shard = kit.shard_of(payment_id))),
    CONSTRAINT frozen_payments_number_sealed_length CHECK (((length(number_sealed) >= 1) AND (length(number_sealed) <= 500)))
);

CREATE TABLE payments.held_statements (
    id uuid NOT NULL,
    name text NOT NULL,
    content bytea,
    lines integer NOT NULL,
    amount bigint NOT NULL,
    held_at timestamp with time zone NOT NULL,
    held_by uuid NOT NULL,
    released_at timestamp with time zone,
    kind text DEFAULT 'statement'::text NOT NULL,
    returns jsonb,
    CONSTRAINT held_statements_amount_is_positive CHECK ((amount > 0)),
    CONSTRAINT held_statements_kind_is_known CHECK ((kind = ANY (ARRAY['statement'::text, 'returns'::text]))),
    CONSTRAINT held_statements_lines_range CHECK (((lines >= 1) AND (lines <= 20000))),
    CONSTRAINT held_statements_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

CREATE TABLE payments.notices (
    shard smallint NOT NULL,
    channel text NOT NULL,
    event_id text NOT NULL,
    kind text NOT NULL,
    subject_id uuid,
    reference text NOT NULL,
    amount bigint NOT NULL,
    outcome text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    raw bytea NOT NULL,
    fee bigint,
    CONSTRAINT notices_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT notices_event_id_length CHECK (((length(event_id) >= 1) AND (length(event_id) <= 128))),
    CONSTRAINT notices_fee_is_in_range CHECK (((fee >= 0) AND (fee <= '9007199254740991'::bigint))),
    CONSTRAINT notices_kind_length CHECK (((length(kind) >= 1) AND (length(kind) <= 32))),
    CONSTRAINT notices_outcome_is_known CHECK ((outcome = ANY (ARRAY['recorded'::text, 'no_effect'::text, 'unmatched'::text, 'contradicts'::text]))),
    CONSTRAINT notices_raw_length CHECK ((length(raw) <= 65536)),
    CONSTRAINT notices_reference_length CHECK (((length(reference) >= 1) AND (length(reference) <= 64)))
);

CREATE TABLE payments.part_refunds (
    shard smallint NOT NULL,
    payment_id uuid NOT NULL,
    order_id uuid NOT NULL,
    amount bigint NOT NULL,
    refunded bigint NOT NULL,
    CONSTRAINT part_refunds_not_beyond_part CHECK (((refunded >= 0) AND (refunded <= amount)))
)
WITH (fillfactor='80');

CREATE TABLE payments.payments (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    payer_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    payee_id uuid NOT NULL,
    purpose text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    channel text NOT NULL,
    status text NOT NULL,
    channel_reference text,
    pay_url text,
    failure text,
    captured bigint DEFAULT 0 NOT NULL,
    refunded bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    captured_at timestamp with time zone,
    queries smallint DEFAULT 0 NOT NULL,
    query_at timestamp with time zone,
    parts jsonb,
    pay_way text DEFAULT 'page'::text NOT NULL,
    CONSTRAINT payments_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT payments_captured_when_succeeded CHECK ((((status = 'succeeded'::text) = (captured > 0)) AND ((captured > 0) = (captured_at IS NOT NULL)))),
    CONSTRAINT payments_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT payments_channel_reference_length CHECK (((length(channel_reference) >= 1) AND (length(channel_reference) <= 64))),
    CONSTRAINT payments_currency_is_known CHECK ((currency = 'CNY'::text)),
    CONSTRAINT payments_failure_length CHECK (((length(failure) >= 1) AND (length(failure) <= 200))),
    CONSTRAINT payments_not_refunded_beyond_capture CHECK (((refunded >= 0) AND (refunded <= captured))),
    CONSTRAINT payments_parts_range CHECK (((jsonb_array_length(parts) >= 2) AND (jsonb_array_length(parts) <= 20))),
    CONSTRAINT payments_pay_url_length CHECK (((length(pay_url) >= 1) AND (length(pay_url) <= 4000))),
    CONSTRAINT payments_pay_way_is_known CHECK ((pay_way = ANY (ARRAY['page'::text, 'code'::text, 'app'::text, 'transfer'::text, 'jsapi'::text]))),
    CONSTRAINT payments_purpose_is_known CHECK ((purpose = ANY (ARRAY['order'::text, 'top_up'::text, 'deposit'::text, 'merchant_order'::text]))),
    CONSTRAINT payments_status_is_known CHECK ((status = ANY (ARRAY['created'::text, 'submitted'::text, 'succeeded'::text, 'failed'::text, 'unknown'::text, 'closed'::text])))
)
WITH (fillfactor='80');

CREATE TABLE payments.payout_accounts (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    holder text NOT NULL,
    bank text NOT NULL,
    last4 text NOT NULL,
    number_sealed bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT payout_accounts_bank_length CHECK (((length(bank) >= 1) AND (length(bank) <= 100))),
    CONSTRAINT payout_accounts_holder_length CHECK (((length(holder) >= 1) AND (length(holder) <= 100))),
    CONSTRAINT payout_accounts_last4_is_four_digits CHECK ((last4 ~ '^[0-9]{4}$'::text)),
    CONSTRAINT payout_accounts_number_sealed_length CHECK (((length(number_sealed) >= 1) AND (length(number_sealed) <= 500)))
);

CREATE TABLE payments.payouts (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    source text NOT NULL,
    account_id uuid NOT NULL,
    channel text NOT NULL,
    amount bigint NOT NULL,
    fee bigint NOT NULL,
    bank_fee bigint DEFAULT 0 NOT NULL,
    status text NOT NULL,
    channel_reference text,
    created_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    paid_at timestamp with time zone,
    ended_at timestamp with time zone,
    queries smallint DEFAULT 0 NOT NULL,
    query_at timestamp with time zone,
    review_by timestamp with time zone,
    released_at timestamp with time zone,
    refusal text DEFAULT ''::text NOT NULL,
    asked_at timestamp with time zone,
    told_at timestamp with time zone,
    CONSTRAINT payouts_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT payouts_bank_fee_is_not_negative CHECK ((bank_fee >= 0)),
    CONSTRAINT payouts_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT payouts_channel_reference_length CHECK (((length(channel_reference) >= 1) AND (length(channel_reference) <= 64))),
    CONSTRAINT payouts_ended_when_given_back CHECK (((status = ANY (ARRAY['rejected'::text, 'refused'::text, 'returned'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT payouts_fee_is_in_range CHECK (((fee >= 0) AND (fee <= '9007199254740991'::bigint))),
    CONSTRAINT payouts_go_only_released CHECK (
CASE
    WHEN (review_by IS NULL) THEN ((status <> ALL (ARRAY['in_review'::text, 'refused'::text])) AND (released_at IS NULL))
    ELSE ((status = ANY (ARRAY['in_review'::text, 'refused'::text])) = (released_at IS NULL))
END),
    CONSTRAINT payouts_refusal_length CHECK ((length(refusal) <= 500)),
    CONSTRAINT payouts_refused_with_a_reason CHECK (
CASE
    WHEN (status = 'refused'::text) THEN (refusal <> ''::text)
    WHEN (status = ANY (ARRAY['rejected'::text, 'returned'::text])) THEN true
    ELSE (refusal = ''::text)
END),
    CONSTRAINT payouts_source_is_known CHECK ((source = ANY (ARRAY['wallet'::text, 'merchant_available'::text]))),
    CONSTRAINT payouts_status_is_known CHECK ((status = ANY (ARRAY['in_review'::text, 'requested'::text, 'submitted'::text, 'accepted'::text, 'paid'::text, 'rejected'::text, 'refused'::text, 'returned'::text, 'unknown'::text]))),
    CONSTRAINT payouts_told_when_over CHECK (((told_at IS NULL) OR (status = ANY (ARRAY['paid'::text, 'rejected'::text, 'returned'::text]))))
)
WITH (fillfactor='80');

CREATE VIEW payments.public_bank_lines AS
 SELECT shard,
    channel,
    event_id,
    raw,
    subject_id
   FROM payments.notices
  WHERE ((channel = 'bank'::text) AND (kind = ANY (ARRAY['charge_succeeded'::text, 'debited'::text, 'credit_taken_back'::text, 'debit_taken_back'::text])));

CREATE VIEW payments.public_bank_moves AS
 SELECT shard,
    channel,
        CASE kind
            WHEN 'debited'::text THEN 'debit'::text
            ELSE kind
        END AS kind,
    reference,
    amount,
    occurred_at AS at
   FROM payments.notices
  WHERE ((channel = 'bank'::text) AND (kind = ANY (ARRAY['debited'::text, 'credit_taken_back'::text, 'debit_taken_back'::text])));

CREATE VIEW payments.public_bank_statements AS
 SELECT id,
    imported_at
   FROM payments.bank_statements;

CREATE VIEW payments.public_desk AS
 SELECT t.shard,
    t.created_at AS since,
    NULL::timestamp with time zone AS due_at,
    NULL::timestamp with time zone AS done_at
   FROM payments.bank_transfers t
  WHERE (t.status = 'waiting'::text)
UNION ALL
 SELECT t.shard,
    t.created_at AS since,
    NULL::timestamp with time zone AS due_at,
    b.created_at AS done_at
   FROM (payments.bank_batches b
     JOIN payments.bank_transfers t ON ((t.batch_id = b.id)));

CREATE VIEW payments.public_enrolment_desk AS
 SELECT shard,
    changed_at AS since,
    NULL::timestamp with time zone AS due_at,
    NULL::timestamp with time zone AS done_at
   FROM payments.enrolments
  WHERE (((status = 'handed_in'::text) AND (query_at IS NULL)) OR (given_last4 IS NOT NULL));

CREATE VIEW payments.public_enrolments AS
 SELECT shard,
    shop_id,
    channel,
    status,
    attempts,
    fault,
    queries,
    query_at,
    created_at,
    changed_at,
    given_last4
   FROM payments.enrolments;

CREATE VIEW payments.public_former_sub_merchants AS
 SELECT shard,
    shop_id,
    channel,
    last4,
    bound_at,
    unbound_at
   FROM payments.former_sub_merchants;

CREATE TABLE payments.refunds (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    payment_id uuid NOT NULL,
    source_id uuid NOT NULL,
    payer_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    payee_id uuid NOT NULL,
    channel text NOT NULL,
    amount bigint NOT NULL,
    reason text NOT NULL,
    capture_reference text,
    status text NOT NULL,
    channel_reference text,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    queries smallint DEFAULT 0 NOT NULL,
    query_at timestamp with time zone,
    retries smallint DEFAULT 0 NOT NULL,
    route_bank text,
    route_holder text,
    route_number_sealed bytea,
    is_from_shop boolean DEFAULT false NOT NULL,
    of_shop bigint,
    covered bigint DEFAULT 0 NOT NULL,
    CONSTRAINT refunds_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT refunds_capture_reference_length CHECK (((length(capture_reference) >= 1) AND (length(capture_reference) <= 64))),
    CONSTRAINT refunds_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT refunds_channel_reference_length CHECK (((length(channel_reference) >= 1) AND (length(channel_reference) <= 64))),
    CONSTRAINT refunds_charged_back_whole CHECK (((status = 'charged_back'::text) <= (covered = amount))),
    CONSTRAINT refunds_covered_range CHECK (((covered >= 0) AND (covered <= amount))),
    CONSTRAINT refunds_ended_when_known CHECK (((status = ANY (ARRAY['succeeded'::text, 'rejected'::text, 'by_hand'::text, 'charged_back'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT refunds_reason_is_known CHECK ((reason = ANY (ARRAY['ordered'::text, 'rejected'::text, 'paid_twice'::text]))),
    CONSTRAINT refunds_route_bank_length CHECK (((length(route_bank) >= 1) AND (length(route_bank) <= 100))),
    CONSTRAINT refunds_route_holder_length CHECK (((length(route_holder) >= 1) AND (length(route_holder) <= 100))),
    CONSTRAINT refunds_routes_are_whole CHECK ((num_nulls(route_bank, route_holder, route_number_sealed) = ANY (ARRAY[0, 3]))),
    CONSTRAINT refunds_status_is_known CHECK ((status = ANY (ARRAY['approved'::text, 'submitted'::text, 'succeeded'::text, 'rejected'::text, 'abnormal'::text, 'by_hand'::text, 'charged_back'::text, 'unknown'::text, 'uncovered'::text])))
)
WITH (fillfactor='80');

CREATE VIEW payments.public_movements AS
 SELECT payments.shard,
    payments.channel,
    'charge'::text AS kind,
    payments.channel_reference AS reference,
    payments.id AS subject_id,
    payments.captured AS amount,
    NULL::bigint AS fee,
    payments.captured_at AS at
   FROM payments.payments
  WHERE ((payments.status = 'succeeded'::text) AND (payments.channel_reference IS NOT NULL))
UNION ALL
 SELECT captures.shard,
    captures.channel,
    'charge'::text AS kind,
    captures.reference,
    captures.payment_id AS subject_id,
    captures.amount,
    NULL::bigint AS fee,
    captures.captured_at AS at
   FROM payments.captures
UNION ALL
 SELECT refunds.shard,
    refunds.channel,
    'refund'::text AS kind,
    refunds.channel_reference AS reference,
    refunds.id AS subject_id,
    refunds.amount,
    NULL::bigint AS fee,
    refunds.ended_at AS at
   FROM payments.refunds
  WHERE ((refunds.status = 'succeeded'::text) AND (refunds.channel_reference IS NOT NULL))
UNION ALL
 SELECT payouts.shard,
    payouts.channel,
    'payout'::text AS kind,
    payouts.channel_reference AS reference,
    payouts.id AS subject_id,
    payouts.amount,
    payouts.bank_fee AS fee,
    payouts.paid_at AS at
   FROM payments.payouts
  WHERE ((payouts.paid_at IS NOT NULL) AND (payouts.channel_reference IS NOT NULL))
UNION ALL
 SELECT payouts.shard,
    payouts.channel,
    'payout_return'::text AS kind,
    payouts.channel_reference AS reference,
    payouts.id AS subject_id,
    payouts.amount,
    0 AS fee,
    payouts.ended_at AS at
   FROM payments.payouts
  WHERE ((payouts.status = 'returned'::text) AND (payouts.channel_reference IS NOT NULL))
UNION ALL
 SELECT notices.shard,
    notices.channel,
    'settlement'::text AS kind,
    notices.reference,
    NULL::uuid AS subject_id,
    notices.amount,
    notices.fee,
    notices.occurred_at AS at
   FROM payments.notices
  WHERE ((notices.kind = 'settled'::text) AND (notices.outcome = 'recorded'::text))
UNION ALL
 SELECT chargebacks.shard,
    chargebacks.channel,
    'chargeback'::text AS kind,
    chargebacks.reference,
    chargebacks.payment_id AS subject_id,
    chargebacks.amount,
    chargebacks.fee,
    chargebacks.received_at AS at
   FROM payments.chargebacks
UNION ALL
 SELECT chargebacks.shard,
    chargebacks.channel,
    'chargeback_reversal'::text AS kind,
    chargebacks.reference,
    chargebacks.payment_id AS subject_id,
    chargebacks.amount,
    0 AS fee,
    chargebacks.ended_at AS at
   FROM payments.chargebacks
  WHERE chargebacks.is_won;

CREATE VIEW payments.public_payout_desks AS
 SELECT payouts.shard,
    'payout_reviews'::text AS desk,
    payouts.created_at AS since,
    payouts.review_by AS due_at,
    NULL::timestamp with time zone AS done_at,
    false AS is_over
   FROM payments.payouts
  WHERE (payouts.status = 'in_review'::text)
UNION ALL
 SELECT payouts.shard,
    'payout_reviews'::text AS desk,
    payouts.created_at AS since,
    payouts.review_by AS due_at,
    payouts.released_at AS done_at,
    true AS is_over
   FROM payments.payouts
  WHERE (payouts.released_at IS NOT NULL)
UNION ALL
 SELECT payouts.shard,
    'payout_reviews'::text AS desk,
    payouts.created_at AS since,
    payouts.review_by AS due_at,
    payouts.ended_at AS done_at,
    true AS is_over
   FROM payments.payouts
  WHERE (payouts.status = 'refused'::text)
UNION ALL
 SELECT payouts.shard,
    'silent_payouts'::text AS desk,
    (payouts.asked_at + '48:00:00'::interval) AS since,
    (payouts.asked_at + '720:00:00'::interval) AS due_at,
    NULL::timestamp with time zone AS done_at,
    false AS is_over
   FROM payments.payouts
  WHERE ((payouts.query_at IS NOT NULL) AND (payouts.asked_at IS NOT NULL) AND (payouts.status = ANY (ARRAY['submitted'::text, 'unknown'::text])) AND (payouts.channel <> 'bank'::text))
UNION ALL
 SELECT payouts.shard,
    'silent_payouts'::text AS desk,
    (payouts.asked_at + '48:00:00'::interval) AS since,
    (payouts.asked_at + '720:00:00'::interval) AS due_at,
    payouts.told_at AS done_at,
    true AS is_over
   FROM payments.payouts
  WHERE (payouts.told_at IS NOT NULL);

CREATE VIEW payments.public_payouts AS
 SELECT shard,
    id,
    owner_id,
    amount,
    status,
    created_at,
    ended_at
   FROM payments.payouts;

CREATE VIEW payments.public_settlements AS
 SELECT shard,
    channel,
    reference,
    (amount - COALESCE(fee, (0)::bigint)) AS amount,
    occurred_at AS at
   FROM payments.notices
  WHERE ((kind = 'settled'::text) AND (outcome = 'recorded'::text) AND (channel <> 'bank'::text) AND (amount > COALESCE(fee, (0)::bigint)));

CREATE TABLE payments.sub_merchants (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    channel text NOT NULL,
    number_sealed bytea NOT NULL,
    last4 text NOT NULL,
    bound_at timestamp with time zone NOT NULL,
    CONSTRAINT sub_merchants_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT sub_merchants_last4_is_four_digits CHECK ((last4 ~ '^[0-9]{4}$'::text)),
    CONSTRAINT sub_merchants_live_with_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT sub_merchants_number_sealed_length CHECK (((length(number_sealed) >= 1) AND (length(number_sealed) <= 500)))
);

CREATE VIEW payments.public_sub_merchants AS
 SELECT shard,
    shop_id,
    channel,
    last4,
    bound_at
   FROM payments.sub_merchants;

CREATE TABLE payments.unfreezings (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    channel text NOT NULL,
    amount bigint NOT NULL,
    frozen bigint NOT NULL,
    status text NOT NULL,
    reference text,
    attempts smallint NOT NULL,
    queries smallint DEFAULT 0 NOT NULL,
    query_at timestamp with time zone,
    reason text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    gone_back bigint DEFAULT 0 NOT NULL,
    taken_off bigint DEFAULT 0 NOT NULL,
    fees_back bigint DEFAULT 0 NOT NULL,
    rest bigint,
    part bigint,
    decisions smallint DEFAULT 0 NOT NULL,
    CONSTRAINT unfreezings_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT unfreezings_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT unfreezings_ended_when_known CHECK ((((status = 'unfrozen'::text) = (ended_at IS NOT NULL)) AND ((status = 'unfrozen'::text) = (query_at IS NULL)) AND ((status = 'unfrozen'::text) = (reference IS NOT NULL)))),
    CONSTRAINT unfreezings_frozen_is_in_range CHECK (((frozen >= 1) AND (frozen <= '9007199254740991'::bigint))),
    CONSTRAINT unfreezings_live_with_their_shop CHECK (((shard = kit.shard_of(id)) AND (shard = kit.shard_of(shop_id)))),
    CONSTRAINT unfreezings_reason_length CHECK ((length(reason) <= 200)),
    CONSTRAINT unfreezings_reference_length CHECK (((length(reference) >= 1) AND (length(reference) <= 64))),
    CONSTRAINT unfreezings_status_is_known CHECK ((status = ANY (ARRAY['waiting'::text, 'submitted'::text, 'unfrozen'::text])))
)
WITH (fillfactor='80');

CREATE VIEW payments.public_unfreezings AS
 SELECT shard,
    id,
    shop_id,
    payment_id,
    channel,
    amount,
    status,
    reason,
    queries,
    query_at,
    created_at,
    ended_at
   FROM payments.unfreezings;

CREATE VIEW payments.public_unmatched_captures AS
 SELECT shard,
    channel,
    reference,
    captured_at
   FROM payments.captures
  WHERE ((disposition = 'unmatched'::text) AND (ended_at IS NULL));

CREATE VIEW payments.public_unmatched_transfers AS
 SELECT shard,
    'bank'::text AS channel,
    reference,
    amount,
    created_at AS at
   FROM payments.bank_transfers
  WHERE ((paid_by IS NULL) AND (status = ANY (ARRAY['sent'::text, 'paid'::text])));

CREATE TABLE payments.said_alone (
    id uuid NOT NULL,
    amount bigint NOT NULL,
    said_at timestamp with time zone NOT NULL,
    CONSTRAINT said_alone_amount_is_positive CHECK ((amount > 0))
);

CREATE TABLE periods.corrections (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    month date NOT NULL,
    amount bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT corrections_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT corrections_live_in_their_own_shard CHECK ((shard = kit.shard_of(id)))
);

CREATE TABLE periods.periods (
    month date NOT NULL,
    document text NOT NULL,
    trial_hash bytea NOT NULL,
    proposal_id uuid NOT NULL,
    proposed_by uuid NOT NULL,
    approved_by uuid NOT NULL,
    closed_at timestamp with time zone NOT NULL,
    public_key bytea,
    signature bytea,
    signed_at timestamp with time zone,
    CONSTRAINT periods_begin_with_a_month CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
    CONSTRAINT periods_closed_by_two CHECK ((proposed_by <> approved_by)),
    CONSTRAINT periods_document_length CHECK ((length(document) <= 100000)),
    CONSTRAINT periods_signed_whole CHECK ((((signature IS NULL) = (public_key IS NULL)) AND ((signature IS NULL) = (signed_at IS NULL)))),
    CONSTRAINT periods_trial_hash_length CHECK ((length(trial_hash) = 32))
);

CREATE TABLE periods.trials (
    month date NOT NULL,
    began_on date NOT NULL,
    trial jsonb NOT NULL,
    CONSTRAINT trials_begin_with_a_month CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
    CONSTRAINT trials_length CHECK ((length((trial)::text) <= 100000))
);

CREATE TABLE porting.exports (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    contents text NOT NULL,
    state text NOT NULL,
    actor jsonb NOT NULL,
    items integer NOT NULL,
    size bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ready_at timestamp with time zone,
    due_at timestamp with time zone NOT NULL,
    touched_at timestamp with time zone NOT NULL,
    CONSTRAINT exports_contents_are_known CHECK ((contents = ANY (ARRAY['shopify'::text, 'woocommerce'::text, 'google'::text, 'taobao'::text, 'orders'::text, 'customers'::text, 'statements'::text, 'archive'::text]))),
    CONSTRAINT exports_items_is_not_negative CHECK ((items >= 0)),
    CONSTRAINT exports_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT exports_size_is_not_negative CHECK ((size >= 0)),
    CONSTRAINT exports_state_is_known CHECK ((state = ANY (ARRAY['making'::text, 'ready'::text, 'failed'::text, 'forgotten'::text])))
);

CREATE TABLE porting.history (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    kind text NOT NULL,
    id uuid NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    run_id uuid NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT history_kind_is_known CHECK ((kind = ANY (ARRAY['order'::text, 'movement'::text, 'price'::text, 'customer'::text, 'review'::text, 'invoice'::text]))),
    CONSTRAINT history_lives_in_the_shard_of_its_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT history_size_limit CHECK ((length(sealed) <= 70000))
);

CREATE TABLE porting.labels (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    label text NOT NULL,
    category_id uuid,
    CONSTRAINT labels_label_length CHECK (((length(label) >= 1) AND (length(label) <= 200))),
    CONSTRAINT labels_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id)))
);

CREATE TABLE porting.lines (
    shard smallint NOT NULL,
    run_id uuid NOT NULL,
    number integer NOT NULL,
    line integer NOT NULL,
    rows integer NOT NULL,
    handle text NOT NULL,
    title text NOT NULL,
    outcome text NOT NULL,
    problems jsonb NOT NULL,
    product_id uuid,
    version integer,
    before jsonb,
    undoing text,
    pictures integer DEFAULT 0 NOT NULL,
    pictures_due_at timestamp with time zone,
    label text DEFAULT ''::text NOT NULL,
    category_id uuid,
    video jsonb,
    CONSTRAINT lines_handle_length CHECK ((length(handle) <= 255)),
    CONSTRAINT lines_label_length CHECK ((length(label) <= 200)),
    CONSTRAINT lines_outcome_is_known CHECK ((outcome = ANY (ARRAY['new'::text, 'changed'::text, 'same'::text, 'refused'::text]))),
    CONSTRAINT lines_pictures_is_not_negative CHECK ((pictures >= 0)),
    CONSTRAINT lines_rows_is_not_negative CHECK ((rows >= 0)),
    CONSTRAINT lines_title_length CHECK ((length(title) <= 255)),
    CONSTRAINT lines_undoing_is_known CHECK ((undoing = ANY (ARRAY['withdrawn'::text, 'put_back'::text, 'edited_since'::text, 'not_listed'::text, 'gone'::text])))
);

CREATE TABLE porting.names (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    CONSTRAINT names_key_length CHECK (((length(key) >= 1) AND (length(key) <= 60))),
    CONSTRAINT names_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT names_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

CREATE TABLE porting.papers (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    id uuid NOT NULL,
    run_id uuid NOT NULL,
    size integer NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT papers_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT papers_size_range CHECK (((size >= 1) AND (size <= 2097152)))
);

CREATE TABLE porting.parts (
    shard smallint NOT NULL,
    file_id uuid NOT NULL,
    number integer NOT NULL,
    shop_id uuid NOT NULL,
    size integer NOT NULL,
    sealed bytea NOT NULL,
    due_at timestamp with time zone NOT NULL,
    CONSTRAINT parts_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(file_id)))),
    CONSTRAINT parts_number_is_not_negative CHECK ((number >= 0)),
    CONSTRAINT parts_size_range CHECK (((size >= 1) AND (size <= 1048576)))
);

CREATE TABLE porting.pictures (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    digest bytea NOT NULL,
    source text NOT NULL,
    url text,
    fault text NOT NULL,
    width integer,
    height integer,
    run_id uuid NOT NULL,
    tried_at timestamp with time zone NOT NULL,
    CONSTRAINT pictures_are_taken_or_faulty CHECK (((url IS NULL) = (fault <> ''::text))),
    CONSTRAINT pictures_digest_length CHECK ((length(digest) = 32)),
    CONSTRAINT pictures_fault_length CHECK ((length(fault) <= 40)),
    CONSTRAINT pictures_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT pictures_source_length CHECK (((length(source) >= 1) AND (length(source) <= 2000))),
    CONSTRAINT pictures_url_length CHECK (((length(url) >= 1) AND (length(url) <= 2000)))
);

CREATE TABLE porting.runs (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    name text NOT NULL,
    size bigint NOT NULL,
    source text NOT NULL,
    state text NOT NULL,
    actor jsonb NOT NULL,
    problem jsonb,
    done integer NOT NULL,
    items integer NOT NULL,
    rows integer NOT NULL,
    made integer NOT NULL,
    changed integer NOT NULL,
    same integer NOT NULL,
    refused integer NOT NULL,
    warned integer NOT NULL,
    undone integer NOT NULL,
    kept integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    checked_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    imported_at timestamp with time zone,
    undone_at timestamp with time zone,
    touched_at timestamp with time zone NOT NULL,
    pictures integer DEFAULT 0 NOT NULL,
    pictures_taken integer DEFAULT 0 NOT NULL,
    pictures_missed integer DEFAULT 0 NOT NULL,
    history integer DEFAULT 0 NOT NULL,
    profile jsonb,
    settings jsonb,
    design jsonb,
    reading jsonb,
    failures smallint DEFAULT 0 NOT NULL,
    origin text DEFAULT ''::text NOT NULL,
    CONSTRAINT runs_design_length CHECK ((length((design)::text) <= 2000000)),
    CONSTRAINT runs_done_is_not_negative CHECK ((done >= 0)),
    CONSTRAINT runs_failures_is_not_negative CHECK ((failures >= 0)),
    CONSTRAINT runs_history_is_not_negative CHECK ((history >= 0)),
    CONSTRAINT runs_items_is_not_negative CHECK ((items >= 0)),
    CONSTRAINT runs_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT runs_name_length CHECK (((length(name) >= 1) AND (length(name) <= 255))),
    CONSTRAINT runs_origin_length CHECK ((length(origin) <= 40)),
    CONSTRAINT runs_pictures_is_not_negative CHECK ((pictures >= 0)),
    CONSTRAINT runs_pictures_missed_is_not_negative CHECK ((pictures_missed >= 0)),
    CONSTRAINT runs_pictures_taken_is_not_negative CHECK ((pictures_taken >= 0)),
    CONSTRAINT runs_reading_length CHECK ((length((reading)::text) <= 1000)),
    CONSTRAINT runs_rows_is_not_negative CHECK ((rows >= 0)),
    CONSTRAINT runs_size_is_positive CHECK ((size > 0)),
    CONSTRAINT runs_source_length CHECK ((length(source) <= 40)),
    CONSTRAINT runs_state_is_known CHECK ((state = ANY (ARRAY['checking'::text, 'checked'::text, 'refused'::text, 'importing'::text, 'imported'::text, 'undoing'::text, 'undone'::text])))
);

CREATE TABLE porting.shops (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    paper_bytes bigint DEFAULT 0 NOT NULL,
    CONSTRAINT files_within_quota CHECK (((bytes >= 0) AND (bytes <= '2147483648'::bigint))),
    CONSTRAINT papers_within_quota CHECK (((paper_bytes >= 0) AND (paper_bytes <= 1073741824))),
    CONSTRAINT shops_live_in_their_shard CHECK ((shard = kit.shard_of(shop_id)))
);

CREATE TABLE reconciliation.arrivals (
    shard smallint NOT NULL,
    channel text NOT NULL,
    reference text NOT NULL,
    break_id uuid NOT NULL,
    CONSTRAINT arrivals_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT arrivals_reference_length CHECK (((length(reference) >= 1) AND (length(reference) <= 64)))
);

CREATE TABLE reconciliation.breaks (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    channel text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    class text NOT NULL,
    reference text NOT NULL,
    subject_id uuid,
    ours bigint,
    theirs bigint,
    fee bigint DEFAULT 0 NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    delta bigint NOT NULL,
    is_due boolean NOT NULL,
    is_to_tell boolean DEFAULT false NOT NULL,
    told text,
    posted_at timestamp with time zone,
    state text NOT NULL,
    resolution text,
    note text DEFAULT ''::text NOT NULL,
    proposed_by uuid,
    resolved_by uuid,
    found_at timestamp with time zone NOT NULL,
    resolved_at timestamp with time zone,
    closed_at timestamp with time zone,
    settlements jsonb DEFAULT '[]'::jsonb NOT NULL,
    about text DEFAULT ''::text NOT NULL,
    CONSTRAINT breaks_about_length CHECK ((length(about) <= 64)),
    CONSTRAINT breaks_are_on_one_side_at_least CHECK (((ours IS NOT NULL) OR (theirs IS NOT NULL))),
    CONSTRAINT breaks_arrived_as_settlements CHECK (((COALESCE(resolution, ''::text) = ANY (ARRAY['arrived'::text, 'returned'::text, 'paid'::text, 'corrected'::text])) = (settlements <> '[]'::jsonb))),
    CONSTRAINT breaks_class_is_known CHECK ((class = ANY (ARRAY['amount_differs'::text, 'ours_only'::text, 'theirs_only'::text, 'doubled'::text, 'later_day'::text, 'fee'::text]))),
    CONSTRAINT breaks_kind_is_known CHECK ((kind = ANY (ARRAY['charge'::text, 'refund'::text, 'settlement'::text, 'settlement_return'::text, 'payout'::text, 'payout_return'::text, 'fee'::text, 'chargeback'::text, 'chargeback_reversal'::text, 'debit'::text, 'credit_taken_back'::text, 'debit_taken_back'::text]))),
    CONSTRAINT breaks_note_length CHECK ((length(note) <= 500)),
    CONSTRAINT breaks_reference_length CHECK (((length(reference) >= 1) AND (length(reference) <= 64))),
    CONSTRAINT breaks_resolution_is_known CHECK ((resolution = ANY (ARRAY['later_day'::text, 'told'::text, 'fee'::text, 'own_funds'::text, 'reversed'::text, 'arrived'::text, 'returned'::text, 'paid'::text, 'corrected'::text, 'charged_back'::text]))),
    CONSTRAINT breaks_resolved_by_two CHECK (((resolved_by IS NULL) OR ((proposed_by IS NOT NULL) AND (resolved_by <> proposed_by)))),
    CONSTRAINT breaks_resolved_somehow CHECK ((((state = 'resolved'::text) = (resolved_at IS NOT NULL)) AND ((state = 'open'::text) = (resolution IS NULL)))),
    CONSTRAINT breaks_state_is_known CHECK ((state = ANY (ARRAY['open'::text, 'proposed'::text, 'resolved'::text])))
)
WITH (fillfactor='80');

CREATE VIEW reconciliation.correctable_lines AS
 SELECT b.shard,
    b.channel,
    b.id AS reference,
    b.delta AS amount,
    b.occurred_at AS at,
    b.reference AS about,
    c.day
   FROM (reconciliation.breaks b
     JOIN ( SELECT DISTINCT
                CASE breaks.kind
                    WHEN 'credit_taken_back'::text THEN 'charge'::text
                    ELSE 'debit'::text
                END AS taken_back,
            (- breaks.delta) AS delta,
            breaks.day
           FROM reconciliation.breaks
          WHERE (((breaks.shard >= 0) AND (breaks.shard <= 63)) AND (breaks.channel = 'bank'::text) AND (breaks.state = 'open'::text) AND (breaks.kind = ANY (ARRAY['credit_taken_back'::text, 'debit_taken_back'::text])))) c ON (((c.taken_back = b.kind) AND (c.delta = b.delta))))
  WHERE ((b.channel = 'bank'::text) AND (b.state = 'open'::text) AND (b.kind = ANY (ARRAY['charge'::text, 'debit'::text])));

CREATE TABLE reconciliation.returns (
    shard smallint NOT NULL,
    channel text NOT NULL,
    reference text NOT NULL,
    break_id uuid NOT NULL,
    CONSTRAINT returns_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT returns_reference_length CHECK (((length(reference) >= 1) AND (length(reference) <= 64)))
);

CREATE VIEW reconciliation.known_settlements AS
 SELECT shard,
    channel,
    reference,
    amount,
    at,
    (EXISTS ( SELECT
           FROM reconciliation.arrivals a
          WHERE ((a.shard = s.shard) AND (a.channel = s.channel) AND (a.reference = s.reference)))) AS is_arrived,
    (EXISTS ( SELECT
           FROM reconciliation.returns r
          WHERE ((r.shard = s.shard) AND (r.channel = s.channel) AND (r.reference = s.reference)))) AS is_returned
   FROM payments.public_settlements s;

CREATE VIEW reconciliation.public_breaks AS
 SELECT shard,
    id,
    channel,
    day,
    class,
    state,
    delta,
    found_at
   FROM reconciliation.breaks;

CREATE VIEW reconciliation.public_desk AS
 SELECT breaks.shard,
    breaks.found_at AS since,
    NULL::timestamp with time zone AS due_at,
    NULL::timestamp with time zone AS done_at
   FROM reconciliation.breaks
  WHERE (breaks.state <> 'resolved'::text)
UNION ALL
 SELECT breaks.shard,
    breaks.found_at AS since,
    NULL::timestamp with time zone AS due_at,
    breaks.resolved_at AS done_at
   FROM reconciliation.breaks
  WHERE ((breaks.state = 'resolved'::text) AND (breaks.resolved_by IS NOT NULL));

CREATE TABLE reconciliation.statements (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    channel text NOT NULL,
    day date NOT NULL,
    digest bytea NOT NULL,
    lines integer NOT NULL,
    matched integer NOT NULL,
    breaks integer NOT NULL,
    theirs bigint NOT NULL,
    ours bigint NOT NULL,
    matched_at timestamp with time zone NOT NULL,
    shortage bigint,
    CONSTRAINT statements_breaks_range CHECK ((breaks >= 0)),
    CONSTRAINT statements_channel_length CHECK (((length(channel) >= 1) AND (length(channel) <= 32))),
    CONSTRAINT statements_lines_range CHECK ((lines >= 0)),
    CONSTRAINT statements_matched_within_lines CHECK (((matched >= 0) AND (matched <= lines))),
    CONSTRAINT statements_shortage_is_no_more_than_nothing CHECK ((shortage <= 0))
);

CREATE VIEW reconciliation.public_statements AS
 SELECT shard,
    channel,
    day
   FROM reconciliation.statements;

CREATE UNLOGGED TABLE reconciliation.staged_lines (
    shard smallint NOT NULL,
    statement_id uuid NOT NULL,
    line integer NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    request_id uuid,
    amount bigint NOT NULL,
    fee bigint NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    about text DEFAULT ''::text NOT NULL
);

CREATE TABLE reviews.holds (
    shard smallint NOT NULL,
    order_id uuid NOT NULL,
    line smallint NOT NULL,
    part text NOT NULL,
    shop_id uuid NOT NULL,
    words jsonb NOT NULL,
    held_at timestamp with time zone NOT NULL,
    judged_at timestamp with time zone,
    judged_by uuid,
    is_released boolean,
    reason text DEFAULT ''::text NOT NULL,
    CONSTRAINT holds_have_words CHECK (((jsonb_array_length(words) >= 1) AND (jsonb_array_length(words) <= 50))),
    CONSTRAINT holds_judged_whole CHECK ((((judged_at IS NULL) = (judged_by IS NULL)) AND ((judged_at IS NULL) = (is_released IS NULL)))),
    CONSTRAINT holds_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(order_id)))),
    CONSTRAINT holds_part_is_known CHECK ((part = ANY (ARRAY['review'::text, 'answer'::text, 'follow_up'::text]))),
    CONSTRAINT holds_reason_length CHECK ((length(reason) <= 500)),
    CONSTRAINT holds_refused_have_a_reason CHECK (((is_released IS DISTINCT FROM false) OR (reason <> ''::text)))
)
WITH (fillfactor='80');

CREATE TABLE reviews.product_counts (
    shard smallint NOT NULL,
    product_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    stars integer[] NOT NULL,
    CONSTRAINT product_counts_five CHECK (((cardinality(stars) = 5) AND (0 <= ALL (stars)))),
    CONSTRAINT product_counts_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(product_id))))
)
WITH (fillfactor='50');

CREATE TABLE reviews.reports (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    line smallint NOT NULL,
    shop_id uuid NOT NULL,
    person_id uuid NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    reported_at timestamp with time zone NOT NULL,
    ruled_at timestamp with time zone,
    ruled_by uuid,
    is_removed boolean,
    ruling text DEFAULT ''::text NOT NULL,
    CONSTRAINT reports_kind_is_known CHECK ((kind = ANY (ARRAY['paid'::text, 'abuse'::text, 'privacy'::text, 'advert'::text, 'untrue'::text]))),
    CONSTRAINT reports_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(order_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT reports_ruled_whole CHECK ((((ruled_at IS NULL) = (ruled_by IS NULL)) AND ((ruled_at IS NULL) = (is_removed IS NULL)) AND ((ruled_at IS NULL) = (ruling = ''::text)))),
    CONSTRAINT reports_ruling_length CHECK ((length(ruling) <= 500)),
    CONSTRAINT reports_text_length CHECK ((length(text) <= 500))
);

CREATE VIEW reviews.public_desk AS
 SELECT shard,
    reported_at AS since,
    NULL::timestamp with time zone AS due_at,
    ruled_at AS done_at
   FROM reviews.reports;

CREATE TABLE reviews.reviews (
    shard smallint NOT NULL,
    order_id uuid NOT NULL,
    line smallint NOT NULL,
    shop_id uuid NOT NULL,
    product_id uuid NOT NULL,
    title text NOT NULL,
    choices text[] NOT NULL,
    score smallint NOT NULL,
    text text NOT NULL,
    photos jsonb DEFAULT '[]'::jsonb NOT NULL,
    written_at timestamp with time zone NOT NULL,
    revealed_at timestamp with time zone,
    answer text DEFAULT ''::text NOT NULL,
    answered_at timestamp with time zone,
    follow_up text DEFAULT ''::text NOT NULL,
    followed_up_at timestamp with time zone,
    removed_at timestamp with time zone,
    removed_by uuid,
    removal_reason text DEFAULT ''::text NOT NULL,
    text_screening text DEFAULT 'clear'::text NOT NULL,
    answer_screening text DEFAULT 'clear'::text NOT NULL,
    follow_up_screening text DEFAULT 'clear'::text NOT NULL,
    CONSTRAINT reviews_answer_length CHECK ((length(answer) <= 500)),
    CONSTRAINT reviews_answer_screening_is_known CHECK ((answer_screening = ANY (ARRAY['clear'::text, 'held'::text, 'refused'::text]))),
    CONSTRAINT reviews_answered_are_revealed CHECK (((answered_at IS NULL) OR (revealed_at IS NOT NULL))),
    CONSTRAINT reviews_follow_up_length CHECK ((length(follow_up) <= 1000)),
    CONSTRAINT reviews_follow_up_screening_is_known CHECK ((follow_up_screening = ANY (ARRAY['clear'::text, 'held'::text, 'refused'::text]))),
    CONSTRAINT reviews_followed_up_are_revealed CHECK (((followed_up_at IS NULL) OR (revealed_at IS NOT NULL))),
    CONSTRAINT reviews_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(order_id)))),
    CONSTRAINT reviews_photos_max CHECK ((jsonb_array_length(photos) <= 6)),
    CONSTRAINT reviews_refused_are_removed CHECK (((text_screening <> 'refused'::text) OR (removed_at IS NOT NULL))),
    CONSTRAINT reviews_removal_reason_length CHECK ((length(removal_reason) <= 500)),
    CONSTRAINT reviews_removed_have_a_ruling CHECK ((((removed_at IS NULL) = (removed_by IS NULL)) AND ((removed_at IS NULL) = (removal_reason = ''::text)))),
    CONSTRAINT reviews_score_range CHECK (((score >= 1) AND (score <= 5))),
    CONSTRAINT reviews_screened_answers_are_there CHECK (((answer_screening = 'clear'::text) OR (answered_at IS NOT NULL))),
    CONSTRAINT reviews_screened_follow_ups_are_there CHECK (((follow_up_screening = 'clear'::text) OR (followed_up_at IS NOT NULL))),
    CONSTRAINT reviews_text_length CHECK ((length(text) <= 1000)),
    CONSTRAINT reviews_text_screening_is_known CHECK ((text_screening = ANY (ARRAY['clear'::text, 'held'::text, 'refused'::text])))
)
WITH (fillfactor='80');

CREATE TABLE reviews.shop_months (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    month date NOT NULL,
    goods_sum integer DEFAULT 0 NOT NULL,
    goods_number integer DEFAULT 0 NOT NULL,
    service_sum integer DEFAULT 0 NOT NULL,
    shipping_sum integer DEFAULT 0 NOT NULL,
    trades integer DEFAULT 0 NOT NULL,
    CONSTRAINT shop_months_goods_range CHECK (((goods_sum >= goods_number) AND (goods_sum <= (5 * goods_number)))),
    CONSTRAINT shop_months_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT shop_months_service_range CHECK (((service_sum >= trades) AND (service_sum <= (5 * trades)))),
    CONSTRAINT shop_months_shipping_range CHECK (((shipping_sum >= trades) AND (shipping_sum <= (5 * trades))))
)
WITH (fillfactor='50');

CREATE TABLE reviews.trades (
    shard smallint NOT NULL,
    order_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    buyer_id uuid NOT NULL,
    number text NOT NULL,
    buyer_name text NOT NULL,
    is_anonymous boolean DEFAULT true NOT NULL,
    settled_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    service smallint,
    shipping smallint,
    written_at timestamp with time zone,
    rating text,
    rating_text text DEFAULT ''::text NOT NULL,
    rated_at timestamp with time zone,
    revealed_at timestamp with time zone,
    undone_at timestamp with time zone,
    CONSTRAINT trades_are_blind CHECK (((revealed_at IS NULL) OR (revealed_at >= due_at) OR ((written_at IS NOT NULL) AND (rated_at IS NOT NULL)))),
    CONSTRAINT trades_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(order_id)))),
    CONSTRAINT trades_rated_whole CHECK (((rated_at IS NULL) = (rating IS NULL))),
    CONSTRAINT trades_rating_is_known CHECK ((rating = ANY (ARRAY['good'::text, 'neutral'::text, 'bad'::text]))),
    CONSTRAINT trades_rating_text_length CHECK ((length(rating_text) <= 500)),
    CONSTRAINT trades_service_range CHECK (((service >= 1) AND (service <= 5))),
    CONSTRAINT trades_shipping_range CHECK (((shipping >= 1) AND (shipping <= 5))),
    CONSTRAINT trades_written_whole CHECK ((((written_at IS NULL) = (service IS NULL)) AND ((written_at IS NULL) = (shipping IS NULL))))
)
WITH (fillfactor='80');

CREATE TABLE rulebook.versions (
    name text NOT NULL,
    version integer NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    rules jsonb NOT NULL,
    author_id uuid,
    approver_id uuid,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT versions_count_up CHECK ((version > 0)),
    CONSTRAINT versions_name_is_a_word CHECK ((name ~ '^[a-z][a-z_]{0,31}$'::text)),
    CONSTRAINT versions_need_two_persons CHECK ((approver_id <> author_id)),
    CONSTRAINT versions_never_reach_back CHECK (((effective_at >= created_at) OR (version = 1))),
    CONSTRAINT versions_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT versions_rules_length CHECK ((length((rules)::text) <= 200000))
);

CREATE VIEW rulebook.public_versions AS
 SELECT name,
    version,
    effective_at,
    rules
   FROM rulebook.versions;

CREATE TABLE sandbox.chargebacks (
    shard smallint NOT NULL,
    charge_id uuid NOT NULL,
    amount bigint NOT NULL,
    fee bigint NOT NULL,
    status text NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    settled_at timestamp with time zone,
    returned_at timestamp with time zone,
    CONSTRAINT chargebacks_amount_is_positive CHECK ((amount > 0)),
    CONSTRAINT chargebacks_fee_is_not_negative CHECK ((fee >= 0)),
    CONSTRAINT chargebacks_status_is_known CHECK ((status = ANY (ARRAY['raised'::text, 'won'::text, 'lost'::text])))
);

CREATE TABLE sandbox.charges (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    amount bigint NOT NULL,
    status text NOT NULL,
    notices smallint NOT NULL,
    delay interval NOT NULL,
    refunds text NOT NULL,
    is_silent boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT charges_amount_is_positive CHECK ((amount > 0)),
    CONSTRAINT charges_delay_is_not_negative CHECK ((delay >= '00:00:00'::interval)),
    CONSTRAINT charges_notices_are_few CHECK (((notices >= 0) AND (notices <= 5))),
    CONSTRAINT charges_refunds_is_known CHECK ((refunds = ANY (ARRAY['succeed'::text, 'refuse'::text, 'wait'::text]))),
    CONSTRAINT charges_status_is_known CHECK ((status = ANY (ARRAY['open'::text, 'paid'::text, 'failed'::text, 'closed'::text])))
);

CREATE TABLE sandbox.notices (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT notices_body_length CHECK ((length(body) <= 65536))
);

CREATE TABLE sandbox.payouts (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    amount bigint NOT NULL,
    last4 text NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    paid_at timestamp with time zone,
    returned_at timestamp with time zone,
    CONSTRAINT payouts_amount_is_positive CHECK ((amount > 0)),
    CONSTRAINT payouts_last4_length CHECK ((length(last4) = 4)),
    CONSTRAINT payouts_status_is_known CHECK ((status = ANY (ARRAY['waiting'::text, 'accepted'::text, 'rejected'::text, 'paid'::text, 'returned'::text])))
);

CREATE TABLE sandbox.refunds (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    charge_id uuid NOT NULL,
    amount bigint NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    settled_at timestamp with time zone,
    CONSTRAINT refunds_amount_is_positive CHECK ((amount > 0)),
    CONSTRAINT refunds_status_is_known CHECK ((status = ANY (ARRAY['waiting'::text, 'succeeded'::text, 'refused'::text])))
);

CREATE TABLE sandbox.settlements (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    amount bigint NOT NULL,
    fee bigint NOT NULL,
    settled_at timestamp with time zone NOT NULL,
    CONSTRAINT settlements_amount_is_positive CHECK ((amount > 0)),
    CONSTRAINT settlements_fee_range CHECK (((fee >= 0) AND (fee <= amount)))
);

CREATE TABLE sandbox.transactions (
    shard smallint NOT NULL,
    reference text NOT NULL,
    charge_id uuid NOT NULL,
    amount bigint NOT NULL,
    paid_at timestamp with time zone NOT NULL,
    told_at timestamp with time zone NOT NULL,
    settled_at timestamp with time zone,
    CONSTRAINT transactions_amount_is_positive CHECK ((amount > 0)),
    CONSTRAINT transactions_reference_length CHECK (((length(reference) >= 1) AND (length(reference) <= 64)))
);

CREATE TABLE search.hidden_words (
    shard smallint NOT NULL,
    word text NOT NULL COLLATE pg_catalog."C",
    hidden_at timestamp with time zone NOT NULL,
    CONSTRAINT hidden_words_length CHECK (((length(word) >= 1) AND (length(word) <= 100)))
);

CREATE TABLE search.products (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    shop_handle text NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    terms tsvector NOT NULL,
    price_min bigint NOT NULL,
    sold bigint NOT NULL,
    is_in_stock boolean NOT NULL,
    popularity bigint NOT NULL,
    listed_at timestamp with time zone NOT NULL,
    categories uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    attributes text[] DEFAULT '{}'::text[] NOT NULL,
    version smallint DEFAULT 1 NOT NULL,
    credit bigint DEFAULT 0 NOT NULL,
    stars bigint DEFAULT 0 NOT NULL,
    CONSTRAINT products_kind_length CHECK ((length(kind) <= 200)),
    CONSTRAINT products_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT products_text_length CHECK ((length(text) <= 50000)),
    CONSTRAINT products_title_length CHECK ((length(title) <= 2000))
)
WITH (fillfactor='90', toast_tuple_target='1024');
ALTER TABLE ONLY search.products ALTER COLUMN text SET STORAGE MAIN;

CREATE TABLE search.scores (
    shard smallint NOT NULL,
    product_id uuid NOT NULL,
    score smallint NOT NULL,
    CONSTRAINT scores_live_with_their_product CHECK ((shard = kit.shard_of(product_id))),
    CONSTRAINT scores_range CHECK (((score >= 100) AND (score <= 500)))
)
WITH (fillfactor='80');

CREATE TABLE search.words (
    shard smallint NOT NULL,
    word text NOT NULL COLLATE pg_catalog."C",
    day date NOT NULL,
    bits bytea NOT NULL,
    visitors integer NOT NULL,
    CONSTRAINT words_are_searched CHECK ((visitors > 0)),
    CONSTRAINT words_bits_length CHECK ((length(bits) = 512)),
    CONSTRAINT words_length CHECK (((length(word) >= 2) AND (length(word) <= 30)))
);

CREATE TABLE settlement.schedules (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    every text NOT NULL,
    day smallint NOT NULL,
    minimum bigint NOT NULL,
    account_id uuid,
    next_at timestamp with time zone,
    last_at timestamp with time zone,
    last_outcome text,
    last_amount bigint,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT schedules_day_range CHECK (
CASE every
    WHEN 'week'::text THEN ((day >= 1) AND (day <= 7))
    WHEN 'month'::text THEN ((day >= 1) AND (day <= 28))
    ELSE (day = 1)
END),
    CONSTRAINT schedules_every_is_known CHECK ((every = ANY (ARRAY['by_hand'::text, 'day'::text, 'week'::text, 'month'::text]))),
    CONSTRAINT schedules_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT schedules_minimum_range CHECK (((minimum >= 1) AND (minimum <= '1000000000000'::bigint))),
    CONSTRAINT schedules_outcome_is_known CHECK ((last_outcome = ANY (ARRAY['paid_out'::text, 'too_little'::text, 'withdrawals_barred'::text, 'no_account'::text, 'no_channel'::text, 'owner_frozen'::text, 'account_name_differs'::text]))),
    CONSTRAINT schedules_run_into_an_account CHECK ((((every = 'by_hand'::text) = (next_at IS NULL)) AND ((every = 'by_hand'::text) OR (account_id IS NOT NULL)))),
    CONSTRAINT schedules_tell_of_a_run_whole CHECK (((last_at IS NULL) = (last_outcome IS NULL)))
)
WITH (fillfactor='70');

CREATE TABLE shops.invitations (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL,
    inviter_id uuid NOT NULL,
    state text NOT NULL,
    invited_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT invitations_are_for_others CHECK ((person_id <> inviter_id)),
    CONSTRAINT invitations_live_with_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT invitations_role_is_known CHECK ((role = ANY (ARRAY['owner'::text, 'manager'::text, 'goods'::text, 'orders'::text, 'finance'::text]))),
    CONSTRAINT invitations_state_is_known CHECK ((state = ANY (ARRAY['pending'::text, 'accepted'::text, 'declined'::text, 'withdrawn'::text])))
);

CREATE TABLE shops.limits (
    version integer NOT NULL,
    day_sales_max bigint NOT NULL,
    total_sales_max bigint NOT NULL,
    may_withdraw boolean NOT NULL,
    set_at timestamp with time zone NOT NULL,
    CONSTRAINT limits_day_is_not_negative CHECK ((day_sales_max >= 0)),
    CONSTRAINT limits_total_is_not_negative CHECK ((total_sales_max >= 0)),
    CONSTRAINT limits_versions_count_up CHECK ((version > 0))
);

CREATE TABLE shops.members (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    CONSTRAINT members_live_with_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT members_role_is_known CHECK ((role = ANY (ARRAY['owner'::text, 'manager'::text, 'goods'::text, 'orders'::text, 'finance'::text])))
);

CREATE TABLE shops.suspensions (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    stops_sales boolean NOT NULL,
    stops_withdrawals boolean NOT NULL,
    reason text NOT NULL,
    suspended_by uuid NOT NULL,
    suspended_at timestamp with time zone NOT NULL,
    until timestamp with time zone,
    state text NOT NULL,
    ended_at timestamp with time zone,
    appeal text DEFAULT ''::text NOT NULL,
    appealed_at timestamp with time zone,
    judged_by uuid,
    judged_at timestamp with time zone,
    is_granted boolean,
    judgement text DEFAULT ''::text NOT NULL,
    CONSTRAINT suspensions_appeal_length CHECK ((length(appeal) <= 2000)),
    CONSTRAINT suspensions_appeals_say_something CHECK (((appealed_at IS NULL) = (appeal = ''::text))),
    CONSTRAINT suspensions_are_judged_by_another CHECK ((judged_by <> suspended_by)),
    CONSTRAINT suspensions_are_judged_whole CHECK ((((judged_at IS NULL) = (judged_by IS NULL)) AND ((judged_at IS NULL) = (is_granted IS NULL)))),
    CONSTRAINT suspensions_end_once CHECK (((state = 'in_force'::text) = (ended_at IS NULL))),
    CONSTRAINT suspensions_judged_were_appealed CHECK (((judged_at IS NULL) OR (appealed_at IS NOT NULL))),
    CONSTRAINT suspensions_judgement_length CHECK ((length(judgement) <= 500)),
    CONSTRAINT suspensions_live_with_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT suspensions_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT suspensions_state_is_known CHECK ((state = ANY (ARRAY['in_force'::text, 'lifted'::text, 'over'::text]))),
    CONSTRAINT suspensions_stop_something CHECK ((stops_sales OR stops_withdrawals))
);

CREATE VIEW shops.public_desk AS
 SELECT shard,
    appealed_at AS since,
    NULL::timestamp with time zone AS due_at,
    judged_at AS done_at
   FROM shops.suspensions
  WHERE ((appealed_at IS NOT NULL) AND ((judged_at IS NOT NULL) OR (state = 'in_force'::text)));

CREATE TABLE shops.shops (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    handle text NOT NULL,
    name text NOT NULL,
    story text NOT NULL,
    owner_id uuid NOT NULL,
    status text NOT NULL,
    colour text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    verification text DEFAULT 'unverified'::text NOT NULL,
    holiday_starts_at timestamp with time zone,
    holiday_ends_at timestamp with time zone,
    holiday_notice text DEFAULT ''::text NOT NULL,
    holiday_takes_orders boolean DEFAULT false NOT NULL,
    is_away boolean DEFAULT false NOT NULL,
    is_sales_suspended boolean DEFAULT false NOT NULL,
    is_withdrawals_suspended boolean DEFAULT false NOT NULL,
    suspended_until timestamp with time zone,
    closing_at timestamp with time zone,
    closing_account_id uuid,
    closed_at timestamp with time zone,
    turn_at timestamp with time zone,
    former_handle text,
    is_listing_frozen boolean DEFAULT false NOT NULL,
    is_limited boolean DEFAULT false NOT NULL,
    is_withdrawals_held boolean DEFAULT false NOT NULL,
    was_closed boolean DEFAULT false NOT NULL,
    CONSTRAINT shops_away_are_on_holiday CHECK (((NOT is_away) OR (holiday_ends_at IS NOT NULL))),
    CONSTRAINT shops_closed_were_closing CHECK (((closed_at IS NULL) OR (closing_at IS NOT NULL))),
    CONSTRAINT shops_closing_pay_out_somewhere CHECK (((closing_at IS NULL) = (closing_account_id IS NULL))),
    CONSTRAINT shops_colour_is_hex CHECK ((colour ~ '^#[0-9a-f]{6}$'::text)),
    CONSTRAINT shops_handle_is_another_than_before CHECK ((former_handle <> handle)),
    CONSTRAINT shops_holiday_notice_length CHECK ((length(holiday_notice) <= 200)),
    CONSTRAINT shops_holidays_have_two_ends CHECK ((((holiday_starts_at IS NULL) = (holiday_ends_at IS NULL)) AND (holiday_starts_at < holiday_ends_at))),
    CONSTRAINT shops_live_in_their_shard CHECK ((shard = kit.shard_of(id))),
    CONSTRAINT shops_name_length CHECK (((length(name) >= 1) AND (length(name) <= 60))),
    CONSTRAINT shops_status_is_known CHECK ((status = ANY (ARRAY['open'::text, 'closed'::text]))),
    CONSTRAINT shops_story_length CHECK ((length(story) <= 2000)),
    CONSTRAINT shops_suspended_until_are_suspended CHECK (((suspended_until IS NULL) OR is_sales_suspended OR is_withdrawals_suspended)),
    CONSTRAINT shops_verification_is_known CHECK ((verification = ANY (ARRAY['unverified'::text, 'verified'::text])))
);

CREATE VIEW shops.public_shops AS
 SELECT shard,
    id,
    handle,
    name,
    story,
    owner_id,
        CASE
            WHEN ((status = 'open'::text) AND (closing_at IS NULL) AND (NOT is_sales_suspended) AND ((NOT is_away) OR holiday_takes_orders)) THEN 'open'::text
            ELSE 'closed'::text
        END AS status,
    colour,
    created_at,
    verification,
        CASE
            WHEN ((verification = 'unverified'::text) OR is_limited) THEN ( SELECT l.day_sales_max
               FROM shops.limits l
              ORDER BY l.version DESC
             LIMIT 1)
            ELSE NULL::bigint
        END AS day_sales_max,
        CASE
            WHEN (verification = 'unverified'::text) THEN ( SELECT l.total_sales_max
               FROM shops.limits l
              ORDER BY l.version DESC
             LIMIT 1)
            ELSE NULL::bigint
        END AS total_sales_max,
    ((NOT is_withdrawals_suspended) AND (NOT is_withdrawals_held) AND ((verification = 'verified'::text) OR ( SELECT l.may_withdraw
           FROM shops.limits l
          ORDER BY l.version DESC
         LIMIT 1))) AS may_withdraw,
        CASE
            WHEN (closed_at IS NOT NULL) THEN 'closed'::text
            WHEN (closing_at IS NOT NULL) THEN 'closing'::text
            WHEN is_sales_suspended THEN 'suspended'::text
            WHEN (is_away AND (NOT holiday_takes_orders)) THEN 'away'::text
            WHEN (status <> 'open'::text) THEN 'resting'::text
            ELSE 'open'::text
        END AS standing,
        CASE
            WHEN is_away THEN holiday_ends_at
            ELSE NULL::timestamp with time zone
        END AS away_until,
        CASE
            WHEN is_away THEN holiday_notice
            ELSE ''::text
        END AS away_notice,
    (is_withdrawals_suspended OR is_withdrawals_held) AS is_withdrawals_suspended,
    closing_at,
    closing_account_id,
    closed_at,
    was_closed
   FROM shops.shops s;

CREATE TABLE shops.shop_handles (
    handle text NOT NULL,
    shop_id uuid NOT NULL,
    CONSTRAINT shop_handles_are_addresses CHECK ((handle ~ '^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$'::text))
);

COMMENT ON TABLE shops.shop_handles IS 'Which shop has a handle. citus: distributed by handle';

CREATE TABLE storefronts.designs (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    draft jsonb,
    version integer DEFAULT 0 NOT NULL,
    published jsonb,
    number integer DEFAULT 0 NOT NULL,
    published_from integer DEFAULT 0 NOT NULL,
    published_at timestamp with time zone,
    shelves jsonb,
    CONSTRAINT designs_are_published_from_a_draft CHECK (((published_from >= 0) AND (published_from <= version))),
    CONSTRAINT designs_begin_with_a_draft CHECK (((draft IS NULL) = (version = 0))),
    CONSTRAINT designs_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT designs_number_is_not_negative CHECK ((number >= 0)),
    CONSTRAINT designs_say_when_they_were_published CHECK ((((number = 0) = (published IS NULL)) AND ((number = 0) = (published_at IS NULL)) AND ((number = 0) = (shelves IS NULL)))),
    CONSTRAINT designs_version_is_not_negative CHECK ((version >= 0))
)
WITH (fillfactor='70');

CREATE TABLE storefronts.versions (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    number integer NOT NULL,
    design jsonb NOT NULL,
    published_at timestamp with time zone NOT NULL,
    person_id uuid,
    CONSTRAINT versions_are_counted_from_one CHECK ((number > 0)),
    CONSTRAINT versions_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id)))
);

CREATE TABLE supervision.complaints (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    inquiry_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    person_id uuid,
    kind text NOT NULL,
    text text NOT NULL,
    filed_at timestamp with time zone NOT NULL,
    CONSTRAINT complaints_kind_is_known CHECK ((kind = ANY (ARRAY['counterfeit'::text, 'forbidden'::text, 'misleading'::text, 'infringing'::text, 'fraud'::text, 'other'::text]))),
    CONSTRAINT complaints_live_with_their_inquiry CHECK (((shard = kit.shard_of(inquiry_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT complaints_text_length CHECK (((length(text) >= 1) AND (length(text) <= 1000)))
);

CREATE TABLE supervision.conduct_rules (
    id uuid NOT NULL,
    from_version integer NOT NULL,
    to_version integer,
    name text NOT NULL,
    rule jsonb NOT NULL,
    CONSTRAINT conduct_rules_end_after_they_begin CHECK ((to_version > from_version)),
    CONSTRAINT conduct_rules_name_length CHECK (((length(name) >= 1) AND (length(name) <= 60))),
    CONSTRAINT conduct_rules_rule_length CHECK ((length((rule)::text) <= 20000))
);

CREATE TABLE supervision.conduct_versions (
    version integer NOT NULL,
    put integer NOT NULL,
    retired integer NOT NULL,
    author_id uuid,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    approver_id uuid,
    CONSTRAINT conduct_versions_count_up CHECK ((version > 0)),
    CONSTRAINT conduct_versions_need_two_persons CHECK ((approver_id <> author_id)),
    CONSTRAINT conduct_versions_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
);

CREATE TABLE supervision.hits (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    rule_id uuid NOT NULL,
    version integer NOT NULL,
    shop_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    "on" date NOT NULL,
    hour timestamp with time zone NOT NULL,
    found jsonb NOT NULL,
    inquiry_id uuid,
    CONSTRAINT hits_found_length CHECK ((length((found)::text) <= 10000)),
    CONSTRAINT hits_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id))))
);

CREATE TABLE supervision.inquiries (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    state text NOT NULL,
    complaints integer DEFAULT 0 NOT NULL,
    findings jsonb DEFAULT '[]'::jsonb NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    assignee_id uuid,
    assigned_at timestamp with time zone,
    decided_by uuid,
    decided_at timestamp with time zone,
    verdict text,
    reason text DEFAULT ''::text NOT NULL,
    answer text DEFAULT ''::text NOT NULL,
    hits jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT inquiries_answer_length CHECK ((length(answer) <= 500)),
    CONSTRAINT inquiries_are_assigned_whole CHECK (((assignee_id IS NULL) = (assigned_at IS NULL))),
    CONSTRAINT inquiries_are_decided_whole CHECK ((((state = 'decided'::text) = (decided_at IS NOT NULL)) AND ((decided_at IS NULL) = (verdict IS NULL)))),
    CONSTRAINT inquiries_complaints_are_counted CHECK ((complaints >= 0)),
    CONSTRAINT inquiries_findings_length CHECK ((length((findings)::text) <= 200000)),
    CONSTRAINT inquiries_hits_length CHECK ((length((hits)::text) <= 200000)),
    CONSTRAINT inquiries_live_with_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT inquiries_punish_with_a_reason CHECK (((verdict IS NULL) OR (verdict = 'dismissed'::text) OR (reason <> ''::text))),
    CONSTRAINT inquiries_reason_length CHECK ((length(reason) <= 500)),
    CONSTRAINT inquiries_state_is_known CHECK ((state = ANY (ARRAY['open'::text, 'decided'::text]))),
    CONSTRAINT inquiries_subject_kind_is_known CHECK ((subject_kind = ANY (ARRAY['product'::text, 'shop'::text]))),
    CONSTRAINT inquiries_take_down_goods CHECK (((verdict IS DISTINCT FROM 'taken_down'::text) OR (subject_kind = 'product'::text))),
    CONSTRAINT inquiries_verdict_is_known CHECK ((verdict = ANY (ARRAY['dismissed'::text, 'warned'::text, 'taken_down'::text, 'listing_frozen'::text, 'limited'::text, 'withdrawals_held'::text, 'suspended'::text])))
);

CREATE TABLE supervision.marked_names (
    shard smallint NOT NULL,
    person_id uuid NOT NULL,
    name text NOT NULL,
    findings jsonb NOT NULL,
    marked_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    verdict text,
    decided_by uuid,
    decided_at timestamp with time zone,
    CONSTRAINT marked_names_are_decided_whole CHECK (((decided_at IS NULL) = (verdict IS NULL))),
    CONSTRAINT marked_names_findings_length CHECK ((length((findings)::text) <= 50000)),
    CONSTRAINT marked_names_live_with_their_person CHECK ((shard = kit.shard_of(person_id))),
    CONSTRAINT marked_names_verdict_is_known CHECK ((verdict = ANY (ARRAY['allowed'::text, 'taken'::text, 'changed'::text])))
);

CREATE TABLE supervision.penalties (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    inquiry_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    product_id uuid,
    kind text NOT NULL,
    reason text NOT NULL,
    findings jsonb DEFAULT '[]'::jsonb NOT NULL,
    imposed_by uuid,
    imposed_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    ended_at timestamp with time zone,
    appeal text DEFAULT ''::text NOT NULL,
    appealed_at timestamp with time zone,
    judged_by uuid,
    judged_at timestamp with time zone,
    is_granted boolean,
    judgement text DEFAULT ''::text NOT NULL,
    hits jsonb DEFAULT '[]'::jsonb NOT NULL,
    is_provisional boolean DEFAULT false NOT NULL,
    until timestamp with time zone,
    points smallint DEFAULT 0 NOT NULL,
    step smallint DEFAULT 0 NOT NULL,
    CONSTRAINT penalties_appeal_length CHECK ((length(appeal) <= 2000)),
    CONSTRAINT penalties_appeals_say_something CHECK (((appealed_at IS NULL) = (appeal = ''::text))),
    CONSTRAINT penalties_are_judged_by_another CHECK ((judged_by <> imposed_by)),
    CONSTRAINT penalties_are_judged_whole CHECK ((((judged_at IS NULL) = (judged_by IS NULL)) AND ((judged_at IS NULL) = (is_granted IS NULL)))),
    CONSTRAINT penalties_end_once CHECK (((state = 'in_force'::text) = (ended_at IS NULL))),
    CONSTRAINT penalties_findings_length CHECK ((length((findings)::text) <= 200000)),
    CONSTRAINT penalties_hits_length CHECK ((length((hits)::text) <= 200000)),
    CONSTRAINT penalties_judged_were_appealed CHECK (((judged_at IS NULL) OR (appealed_at IS NOT NULL))),
    CONSTRAINT penalties_judgement_length CHECK ((length(judgement) <= 500)),
    CONSTRAINT penalties_kind_is_known CHECK ((kind = ANY (ARRAY['warning'::text, 'taken_down'::text, 'listing_frozen'::text, 'limited'::text, 'withdrawals_held'::text]))),
    CONSTRAINT penalties_live_with_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT penalties_of_people_are_final CHECK (((imposed_by IS NULL) OR (NOT is_provisional))),
    CONSTRAINT penalties_of_the_ladder_have_no_points CHECK (((step = 0) OR (points = 0))),
    CONSTRAINT penalties_over_had_an_end CHECK (((state <> 'over'::text) OR (until IS NOT NULL))),
    CONSTRAINT penalties_points_range CHECK (((points >= 0) AND (points <= 100))),
    CONSTRAINT penalties_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT penalties_restrict_for_a_time CHECK (((kind = ANY (ARRAY['warning'::text, 'taken_down'::text])) = (until IS NULL))),
    CONSTRAINT penalties_state_is_known CHECK ((state = ANY (ARRAY['in_force'::text, 'lifted'::text, 'over'::text]))),
    CONSTRAINT penalties_step_is_not_negative CHECK ((step >= 0)),
    CONSTRAINT penalties_take_down_a_product CHECK (((kind <> 'taken_down'::text) OR (product_id IS NOT NULL)))
);

CREATE TABLE supervision.records (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    CONSTRAINT records_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id)))
)
WITH (fillfactor='50');

CREATE TABLE supervision.tallies (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    hour timestamp with time zone NOT NULL,
    measure text NOT NULL,
    subject_id uuid NOT NULL,
    about_id uuid NOT NULL,
    count bigint NOT NULL,
    amount bigint NOT NULL,
    before bigint,
    prices jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT tallies_are_of_full_hours CHECK ((date_trunc('hour'::text, hour, 'UTC'::text) = hour)),
    CONSTRAINT tallies_count_is_not_negative CHECK ((count >= 0)),
    CONSTRAINT tallies_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT tallies_measure_is_known CHECK ((measure = ANY (ARRAY['paid'::text, 'refunded'::text, 'shipped'::text, 'late'::text, 'bought'::text, 'priced'::text, 'acted'::text, 'signed_in'::text])))
)
WITH (fillfactor='80');

CREATE TABLE supervision.trial_hits (
    trial_id uuid NOT NULL,
    number integer NOT NULL,
    hit jsonb NOT NULL,
    CONSTRAINT trial_hits_hit_length CHECK ((length((hit)::text) <= 20000)),
    CONSTRAINT trial_hits_number_range CHECK (((number >= 1) AND (number <= 10000)))
);

CREATE TABLE supervision.trials (
    id uuid NOT NULL,
    fingerprint text NOT NULL,
    rule jsonb NOT NULL,
    asked_by uuid,
    asked_at timestamp with time zone NOT NULL,
    begins_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    next_shard smallint DEFAULT 0 NOT NULL,
    done_at timestamp with time zone,
    shops integer DEFAULT 0 NOT NULL,
    hits integer DEFAULT 0 NOT NULL,
    by_day jsonb DEFAULT '{}'::jsonb NOT NULL,
    examples jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT trials_end_after_all_shards CHECK (((done_at IS NOT NULL) = (next_shard = 64))),
    CONSTRAINT trials_examples_length CHECK ((length((examples)::text) <= 200000)),
    CONSTRAINT trials_look_back CHECK ((begins_at < ends_at)),
    CONSTRAINT trials_next_shard_range CHECK (((next_shard >= 0) AND (next_shard <= 64))),
    CONSTRAINT trials_rule_length CHECK ((length((rule)::text) <= 20000))
)
WITH (fillfactor='50');

CREATE TABLE supervision.watched (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    seq bigint DEFAULT 0 NOT NULL,
    until timestamp with time zone NOT NULL,
    latest timestamp with time zone,
    CONSTRAINT watched_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT watched_seq_is_not_negative CHECK ((seq >= 0)),
    CONSTRAINT watched_until_full_hours CHECK ((date_trunc('hour'::text, until, 'UTC'::text) = until))
)
WITH (fillfactor='50');

CREATE TABLE supervision.word_trials (
    id uuid NOT NULL,
    rules jsonb NOT NULL,
    asked_by uuid,
    asked_at timestamp with time zone NOT NULL,
    next_shard smallint DEFAULT 0 NOT NULL,
    looked bigint DEFAULT 0 NOT NULL,
    failures smallint DEFAULT 0 NOT NULL,
    failed_at timestamp with time zone,
    done_at timestamp with time zone,
    found jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT word_trials_are_counted CHECK (((looked >= 0) AND (failures >= 0))),
    CONSTRAINT word_trials_end_after_all_shards CHECK (((done_at IS NOT NULL) = (next_shard = 64))),
    CONSTRAINT word_trials_end_once CHECK (((failed_at IS NULL) OR (done_at IS NULL))),
    CONSTRAINT word_trials_next_shard_range CHECK (((next_shard >= 0) AND (next_shard <= 64)))
)
WITH (fillfactor='50');

CREATE TABLE twin.tickets (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    person_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT tickets_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id))))
);

CREATE TABLE webhooks.attempts (
    shard smallint NOT NULL,
    message_id uuid NOT NULL,
    number smallint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    milliseconds integer NOT NULL,
    url text NOT NULL,
    headers jsonb NOT NULL,
    body text NOT NULL,
    status smallint,
    answer text NOT NULL,
    reason text,
    CONSTRAINT attempts_answer_length CHECK ((length(answer) <= 2000)),
    CONSTRAINT attempts_number_from_1 CHECK ((number > 0)),
    CONSTRAINT attempts_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 100))),
    CONSTRAINT attempts_take_time CHECK ((milliseconds >= 0))
);

CREATE TABLE webhooks.messages (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    kind text NOT NULL,
    type text NOT NULL,
    url text NOT NULL,
    payload jsonb NOT NULL,
    status text NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    step smallint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    next_at timestamp with time zone,
    delivered_at timestamp with time zone,
    CONSTRAINT messages_attempts_count_up CHECK ((attempts >= 0)),
    CONSTRAINT messages_delivered_when CHECK (((status = 'delivered'::text) = (delivered_at IS NOT NULL))),
    CONSTRAINT messages_kind_length CHECK (((length(kind) >= 1) AND (length(kind) <= 40))),
    CONSTRAINT messages_live_in_the_shard_of_their_owner CHECK (((shard = kit.shard_of(owner_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT messages_status_is_known CHECK ((status = ANY (ARRAY['waiting'::text, 'delivered'::text, 'given_up'::text]))),
    CONSTRAINT messages_step_is_of_an_attempt CHECK (((step >= 0) AND (step <= attempts))),
    CONSTRAINT messages_type_length CHECK (((length(type) >= 1) AND (length(type) <= 100))),
    CONSTRAINT messages_url_length CHECK (((length(url) >= 1) AND (length(url) <= 2048))),
    CONSTRAINT messages_wait_for_a_time CHECK (((status = 'waiting'::text) = (next_at IS NOT NULL)))
)
WITH (fillfactor='80');

CREATE TABLE wire.applyments (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    provider_mchid text NOT NULL,
    code text NOT NULL,
    number bigint NOT NULL,
    mark bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    signed_at timestamp with time zone,
    CONSTRAINT applyments_are_for_another CHECK ((shop_id <> provider_id)),
    CONSTRAINT applyments_code_length CHECK (((length(code) >= 1) AND (length(code) <= 124))),
    CONSTRAINT applyments_live_in_the_shard_of_both CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(provider_id)))),
    CONSTRAINT applyments_mark_length CHECK ((length(mark) = 32)),
    CONSTRAINT applyments_number_has_16_digits CHECK (((number >= '1000000000000000'::bigint) AND (number <= '8999999999999999'::bigint))),
    CONSTRAINT applyments_provider_is_a_number CHECK ((provider_mchid ~ '^[1-9][0-9]{9}$'::text))
);

CREATE TABLE wire.bill_pages (
    shard smallint NOT NULL,
    bill_id uuid NOT NULL,
    place integer NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT bill_pages_live_in_the_shard_of_their_bill CHECK ((shard = kit.shard_of(bill_id))),
    CONSTRAINT bill_pages_place_is_not_negative CHECK ((place >= 0))
);
ALTER TABLE ONLY wire.bill_pages ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE wire.bills (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    mchid text NOT NULL,
    what text NOT NULL,
    pages integer NOT NULL,
    text_bytes bigint NOT NULL,
    packed_bytes bigint NOT NULL,
    hash text NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    CONSTRAINT bills_are_not_empty CHECK (((text_bytes > 0) AND (packed_bytes > 0))),
    CONSTRAINT bills_hash_length CHECK ((length(hash) = 40)),
    CONSTRAINT bills_have_a_page CHECK ((pages >= 1)),
    CONSTRAINT bills_live_in_the_shard_of_their_id CHECK ((shard = kit.shard_of(id))),
    CONSTRAINT bills_mchid_length CHECK (((length(mchid) >= 1) AND (length(mchid) <= 32))),
    CONSTRAINT bills_times_are_in_order CHECK (((begun_at <= done_at) AND (done_at < ends_at))),
    CONSTRAINT bills_what_length CHECK (((length(what) >= 1) AND (length(what) <= 200)))
);

CREATE TABLE wire.certificates (
    shard smallint NOT NULL,
    mchid text NOT NULL,
    serial text NOT NULL,
    name text NOT NULL,
    pem text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone,
    used_at timestamp with time zone,
    CONSTRAINT certificates_name_length CHECK (((length(name) >= 1) AND (length(name) <= 60))),
    CONSTRAINT certificates_pem_length CHECK (((length(pem) >= 1) AND (length(pem) <= 10000))),
    CONSTRAINT certificates_serial_has_no_leading_zero CHECK ((serial ~ '^[1-7][0-9A-F]{39}$'::text))
);

CREATE TABLE wire.code_stocks (
    shard smallint NOT NULL,
    campaign_id uuid NOT NULL,
    mode text NOT NULL,
    codes integer DEFAULT 0 NOT NULL,
    CONSTRAINT code_stocks_codes_are_limited CHECK (((codes >= 0) AND (codes <= 10000000))),
    CONSTRAINT code_stocks_live_with_their_campaign CHECK ((shard = kit.shard_of(campaign_id))),
    CONSTRAINT code_stocks_mode_is_known CHECK ((mode = ANY (ARRAY['MERCHANT_UPLOAD'::text, 'MERCHANT_API'::text])))
);

CREATE TABLE wire.combined_orders (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    mchid text NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,
    lines jsonb NOT NULL,
    total bigint NOT NULL,
    notify_url text NOT NULL,
    terms jsonb NOT NULL,
    key_id text,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    is_paid boolean,
    CONSTRAINT combined_orders_end_somehow CHECK (((ended_at IS NULL) = (is_paid IS NULL))),
    CONSTRAINT combined_orders_have_lines CHECK (((jsonb_array_length(lines) >= 1) AND (jsonb_array_length(lines) <= 10))),
    CONSTRAINT combined_orders_kind_is_known CHECK ((kind = ANY (ARRAY['jsapi'::text, 'native'::text, 'app'::text, 'h5'::text]))),
    CONSTRAINT combined_orders_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT combined_orders_notify_url_length CHECK (((length(notify_url) >= 1) AND (length(notify_url) <= 255))),
    CONSTRAINT combined_orders_number_length CHECK (((length(number) >= 1) AND (length(number) <= 32))),
    CONSTRAINT combined_orders_total_is_in_range CHECK (((total >= 1) AND (total <= '9007199254740991'::bigint)))
);

CREATE TABLE wire.complaints (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    payer_id uuid NOT NULL,
    number smallint NOT NULL,
    reason text NOT NULL,
    words text NOT NULL,
    proof jsonb NOT NULL,
    amount bigint NOT NULL,
    state text NOT NULL,
    said_last text,
    payer_said smallint NOT NULL,
    shop_said smallint NOT NULL,
    ruling jsonb,
    refund_id uuid,
    due_at timestamp with time zone,
    asked_at timestamp with time zone NOT NULL,
    further_at timestamp with time zone,
    ended_at timestamp with time zone,
    decided_at timestamp with time zone,
    objections jsonb DEFAULT '[]'::jsonb NOT NULL,
    marks jsonb DEFAULT '[]'::jsonb NOT NULL,
    maker_id uuid NOT NULL,
    CONSTRAINT complaints_amount_range CHECK (((amount >= 0) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT complaints_decided_are_signed CHECK (((decided_at IS NULL) OR ((ruling IS NOT NULL) AND (state = ANY (ARRAY['refunding'::text, 'refunded'::text, 'dismissed'::text]))))),
    CONSTRAINT complaints_ended_when_over CHECK (((ended_at IS NOT NULL) = (state = ANY (ARRAY['refunded'::text, 'withdrawn'::text, 'expired'::text, 'dismissed'::text])))),
    CONSTRAINT complaints_live_in_the_shard_of_their_order CHECK (((shard = kit.shard_of(id)) AND (shard = kit.shard_of(order_id)) AND (shard = kit.shard_of(shop_id)))),
    CONSTRAINT complaints_number_range CHECK (((number >= 1) AND (number <= 3))),
    CONSTRAINT complaints_open_have_a_clock CHECK (((due_at IS NOT NULL) = (state = ANY (ARRAY['asked'::text, 'answered'::text, 'completed'::text, 'reviewing'::text, 'proposed'::text])))),
    CONSTRAINT complaints_payer_said_range CHECK (((payer_said >= 0) AND (payer_said <= 40))),
    CONSTRAINT complaints_proof_length CHECK ((jsonb_array_length(proof) <= 9)),
    CONSTRAINT complaints_proposed_are_signed CHECK (((state <> 'proposed'::text) OR (ruling IS NOT NULL))),
    CONSTRAINT complaints_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 40))),
    CONSTRAINT complaints_refunds_have_an_amount CHECK ((((refund_id IS NOT NULL) = (state = ANY (ARRAY['refunding'::text, 'refunded'::text]))) AND ((refund_id IS NULL) OR (amount > 0)))),
    CONSTRAINT complaints_said_last_is_known CHECK ((said_last = ANY (ARRAY['buyer'::text, 'merchant'::text]))),
    CONSTRAINT complaints_shop_said_range CHECK (((shop_said >= 0) AND (shop_said <= 40))),
    CONSTRAINT complaints_state_is_known CHECK ((state = ANY (ARRAY['asked'::text, 'answered'::text, 'completed'::text, 'reviewing'::text, 'proposed'::text, 'refunding'::text, 'refunded'::text, 'withdrawn'::text, 'expired'::text, 'dismissed'::text]))),
    CONSTRAINT complaints_with_staff_went_further CHECK (((state <> ALL (ARRAY['reviewing'::text, 'proposed'::text])) OR (further_at IS NOT NULL))),
    CONSTRAINT complaints_words_length CHECK (((length(words) >= 1) AND (length(words) <= 500)))
)
WITH (fillfactor='80');

CREATE TABLE wire.listeners (
    shard smallint NOT NULL,
    mchid text NOT NULL,
    topic text NOT NULL,
    shop_id uuid NOT NULL,
    url text NOT NULL,
    put_at timestamp with time zone NOT NULL,
    key_id text,
    CONSTRAINT listeners_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT listeners_mchid_tells_the_shard CHECK ((((mchid)::bigint % (64)::bigint) = shard)),
    CONSTRAINT listeners_topic CHECK ((topic = ANY (ARRAY['complaints'::text, 'profit_sharing'::text, 'coupons_used'::text, 'coupons_sent'::text]))),
    CONSTRAINT listeners_url_length CHECK (((length(url) >= 1) AND (length(url) <= 255)))
);

CREATE TABLE wire.merchant_orders (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    mchid text NOT NULL,
    caller_mchid text NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,
    description text NOT NULL,
    total bigint NOT NULL,
    notify_url text,
    shares_profit boolean NOT NULL,
    terms jsonb NOT NULL,
    key_id text,
    fee_ppm integer NOT NULL,
    settle_days smallint NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    paid_at timestamp with time zone,
    closed_at timestamp with time zone,
    settled_at timestamp with time zone,
    payment_id uuid,
    payer_id uuid,
    channel text,
    released bigint DEFAULT 0 NOT NULL,
    fee bigint DEFAULT 0 NOT NULL,
    shared bigint DEFAULT 0 NOT NULL,
    refunded bigint DEFAULT 0 NOT NULL,
    given_back bigint DEFAULT 0 NOT NULL,
    fee_returned bigint DEFAULT 0 NOT NULL,
    combined_id uuid,
    subsidy_id uuid,
    subsidy bigint DEFAULT 0 NOT NULL,
    subsidy_released bigint DEFAULT 0 NOT NULL,
    subsidy_returned bigint DEFAULT 0 NOT NULL,
    subsidy_declined_at timestamp with time zone,
    coupon jsonb,
    discount bigint DEFAULT 0 NOT NULL,
    discount_refunded bigint DEFAULT 0 NOT NULL,
    prepaid bigint DEFAULT 0 NOT NULL,
    prepaid_refunded bigint DEFAULT 0 NOT NULL,
    advanced bigint DEFAULT 0 NOT NULL,
    others jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT merchant_orders_choices_are_of_who_may_pay CHECK (((state = 'open'::text) OR (others = '[]'::jsonb))),
    CONSTRAINT merchant_orders_closed_when CHECK (((state = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT merchant_orders_coupon_is_not_given_back_twice CHECK ((((discount_refunded >= 0) AND (discount_refunded <= discount)) AND ((prepaid_refunded >= 0) AND (prepaid_refunded <= prepaid)))),
    CONSTRAINT merchant_orders_coupon_takes_something_off CHECK ((((coupon IS NOT NULL) = ((discount + prepaid) > 0)) AND (discount >= 0) AND (prepaid >= 0) AND (LEAST(discount, prepaid) = 0) AND ((discount + prepaid) < total))),
    CONSTRAINT merchant_orders_description_length CHECK (((length(description) >= 1) AND (length(description) <= 127))),
    CONSTRAINT merchant_orders_fee_ppm_range CHECK (((fee_ppm >= 0) AND (fee_ppm <= 1000000))),
    CONSTRAINT merchant_orders_fee_returned_was_taken CHECK (((fee_returned >= 0) AND (fee_returned <= fee))),
    CONSTRAINT merchant_orders_fee_within_released CHECK (((fee >= 0) AND (fee <= released))),
    CONSTRAINT merchant_orders_give_no_more_than_they_have CHECK (((released >= 0) AND (shared >= 0) AND (refunded >= 0) AND (refunded <= total) AND (advanced >= 0) AND ((given_back + advanced) <= refunded) AND (((released + shared) + (((refunded - discount_refunded) - given_back) - advanced)) <= (total - discount)))),
    CONSTRAINT merchant_orders_given_back_was_released CHECK (((given_back >= 0) AND (given_back <= released))),
    CONSTRAINT merchant_orders_kind_is_known CHECK ((kind = ANY (ARRAY['jsapi'::text, 'native'::text, 'app'::text, 'h5'::text, 'code'::text]))),
    CONSTRAINT merchant_orders_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT merchant_orders_notify_url_length CHECK (((length(notify_url) >= 1) AND (length(notify_url) <= 255))),
    CONSTRAINT merchant_orders_number_length CHECK (((length(number) >= 1) AND (length(number) <= 32))),
    CONSTRAINT merchant_orders_paid_have_a_payment CHECK ((((state = 'paid'::text) = (payment_id IS NOT NULL)) AND ((payment_id IS NULL) = (payer_id IS NULL)) AND ((payment_id IS NULL) = (paid_at IS NULL)) AND ((payment_id IS NULL) = (channel IS NULL)))),
    CONSTRAINT merchant_orders_refunds_split_the_coupon CHECK (((coupon IS NULL) OR (((discount_refunded)::numeric = div(((discount)::numeric * (refunded)::numeric), (total)::numeric)) AND ((prepaid_refunded)::numeric = div(((prepaid)::numeric * (refunded)::numeric), (total)::numeric))))),
    CONSTRAINT merchant_orders_settle_days_range CHECK (((settle_days >= 0) AND (settle_days <= 90))),
    CONSTRAINT merchant_orders_settled_are_released CHECK (((settled_at IS NULL) OR (released > 0) OR (subsidy_released > 0))),
    CONSTRAINT merchant_orders_state_is_known CHECK ((state = ANY (ARRAY['open'::text, 'paid'::text, 'closed'::text]))),
    CONSTRAINT merchant_orders_subsidy_is_somebodys CHECK (((subsidy > 0) = (subsidy_id IS NOT NULL))),
    CONSTRAINT merchant_orders_subsidy_released_came CHECK (((subsidy_released >= 0) AND (subsidy_released <= subsidy))),
    CONSTRAINT merchant_orders_subsidy_returned_came CHECK (((subsidy_returned >= 0) AND (subsidy_returned <= subsidy))),
    CONSTRAINT merchant_orders_total_is_in_range CHECK (((total >= 1) AND (total <= '9007199254740991'::bigint)))
)
WITH (fillfactor='80');

CREATE TABLE wire.merchant_refunds (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    shop_id uuid NOT NULL,
    mchid text NOT NULL,
    caller_mchid text NOT NULL,
    number text NOT NULL,
    amount bigint NOT NULL,
    reason text,
    notify_url text,
    key_id text,
    created_at timestamp with time zone NOT NULL,
    arrived_at timestamp with time zone,
    arrived_at_wallet boolean,
    abnormal_at timestamp with time zone,
    fee_returned bigint DEFAULT 0 NOT NULL,
    coupon bigint DEFAULT 0 NOT NULL,
    CONSTRAINT merchant_refunds_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT merchant_refunds_arrive_somewhere CHECK (((arrived_at IS NULL) = (arrived_at_wallet IS NULL))),
    CONSTRAINT merchant_refunds_coupon_is_a_part CHECK (((coupon >= 0) AND (coupon <= amount))),
    CONSTRAINT merchant_refunds_live_in_the_shard_of_their_order CHECK (((shard = kit.shard_of(order_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT merchant_refunds_notify_url_length CHECK (((length(notify_url) >= 1) AND (length(notify_url) <= 255))),
    CONSTRAINT merchant_refunds_number_length CHECK (((length(number) >= 1) AND (length(number) <= 64))),
    CONSTRAINT merchant_refunds_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 80))),
    CONSTRAINT merchant_refunds_return_no_more_fee_than_they_are CHECK (((fee_returned >= 0) AND (fee_returned <= amount)))
)
WITH (fillfactor='80');

CREATE TABLE wire.merchants (
    shard smallint NOT NULL,
    mchid text NOT NULL,
    shop_id uuid NOT NULL,
    api_key_sealed bytea,
    api_key_set_at timestamp with time zone,
    platform_key_id text,
    created_at timestamp with time zone NOT NULL,
    partners text[] DEFAULT '{}'::text[] NOT NULL,
    v2_key_sealed bytea,
    v2_key_set_at timestamp with time zone,
    v2_addresses text[] DEFAULT '{}'::text[] NOT NULL,
    uses_certificates boolean DEFAULT false NOT NULL,
    certificate_clients text[] DEFAULT '{}'::text[] NOT NULL,
    platform_key_before text,
    platform_key_from timestamp with time zone,
    CONSTRAINT merchants_api_key_has_a_time CHECK (((api_key_sealed IS NULL) = (api_key_set_at IS NULL))),
    CONSTRAINT merchants_certificate_clients_are_few CHECK ((cardinality(certificate_clients) <= 20)),
    CONSTRAINT merchants_had_a_key_until_another_counts CHECK (((platform_key_before IS NULL) OR (platform_key_from IS NOT NULL))),
    CONSTRAINT merchants_live_in_the_shard_of_their_shop CHECK ((shard = kit.shard_of(shop_id))),
    CONSTRAINT merchants_mchid_is_a_number CHECK ((mchid ~ '^[1-9][0-9]{9}$'::text)),
    CONSTRAINT merchants_mchid_tells_the_shard CHECK ((((mchid)::bigint % (64)::bigint) = shard)),
    CONSTRAINT merchants_partners_are_few CHECK ((cardinality(partners) <= 20)),
    CONSTRAINT merchants_v2_addresses_are_few CHECK ((cardinality(v2_addresses) <= 20)),
    CONSTRAINT merchants_v2_key_has_a_time CHECK (((v2_key_sealed IS NULL) = (v2_key_set_at IS NULL)))
);

CREATE TABLE wire.nonces (
    shard smallint NOT NULL,
    mchid text NOT NULL,
    nonce text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT nonces_length CHECK (((length(nonce) >= 1) AND (length(nonce) <= 64)))
);

CREATE TABLE wire.own_codes (
    shard smallint NOT NULL,
    shop_id uuid NOT NULL,
    code text NOT NULL,
    campaign_id uuid NOT NULL,
    uploaded_at timestamp with time zone NOT NULL,
    coupon_id uuid,
    sent_at timestamp with time zone,
    deleted_at timestamp with time zone,
    CONSTRAINT own_codes_are_sent_at_some_time CHECK (((coupon_id IS NULL) = (sent_at IS NULL))),
    CONSTRAINT own_codes_deleted_were_never_sent CHECK (((deleted_at IS NULL) OR (coupon_id IS NULL))),
    CONSTRAINT own_codes_live_with_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(campaign_id)))),
    CONSTRAINT own_codes_shape CHECK ((code ~ '^[0-9A-Za-z \\/=|_-]{1,32}$'::text))
);

CREATE TABLE wire.payment_codes (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    digest bytea NOT NULL,
    person_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    order_id uuid,
    used_at timestamp with time zone,
    CONSTRAINT payment_codes_are_used_for_an_order CHECK (((order_id IS NULL) = (used_at IS NULL))),
    CONSTRAINT payment_codes_digest_length CHECK ((length(digest) = 32)),
    CONSTRAINT payment_codes_live_in_the_shard_of_their_person CHECK (((shard = kit.shard_of(person_id)) AND (shard = kit.shard_of(id))))
);

CREATE TABLE wire.platform_keys (
    id text NOT NULL,
    kind text NOT NULL,
    private_sealed bytea NOT NULL,
    pem text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT platform_keys_authority_goes_on CHECK (((kind <> 'authority'::text) OR (ended_at IS NULL))),
    CONSTRAINT platform_keys_id_length CHECK (((length(id) >= 1) AND (length(id) <= 64))),
    CONSTRAINT platform_keys_kind_is_known CHECK ((kind = ANY (ARRAY['authority'::text, 'certificate'::text, 'public_key'::text])))
);

COMMENT ON TABLE wire.platform_keys IS 'Keys of the installation. citus: reference';

CREATE VIEW wire.public_complaint_desk AS
 SELECT complaints.shard,
    complaints.further_at AS since,
    complaints.due_at,
    NULL::timestamp with time zone AS done_at,
    false AS is_over
   FROM wire.complaints
  WHERE (complaints.state = ANY (ARRAY['reviewing'::text, 'proposed'::text]))
UNION ALL
 SELECT complaints.shard,
    complaints.further_at AS since,
    complaints.due_at,
    complaints.decided_at AS done_at,
    true AS is_over
   FROM wire.complaints
  WHERE (complaints.decided_at IS NOT NULL);

CREATE VIEW wire.public_numbers AS
 SELECT shard,
    id,
    number
   FROM wire.merchant_orders;

CREATE VIEW wire.public_open_complaints AS
 SELECT shard,
    shop_id,
    (state = ANY (ARRAY['reviewing'::text, 'proposed'::text])) AS is_with_staff
   FROM wire.complaints
  WHERE (due_at IS NOT NULL);

CREATE VIEW wire.public_payables AS
 SELECT shard,
    id,
    payment_id,
    (state = 'closed'::text) AS is_closed,
    ((total - discount) - prepaid) AS due,
    ((refunded - discount_refunded) - prepaid_refunded) AS gone_back
   FROM wire.merchant_orders;

CREATE VIEW wire.public_settlements AS
 SELECT shard,
    shop_id,
    due_at,
    settled_at
   FROM wire.merchant_orders;

CREATE TABLE wire.transfer_bills (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    mchid text NOT NULL,
    number text NOT NULL,
    appid text NOT NULL,
    openid text NOT NULL,
    amount bigint NOT NULL,
    remark text NOT NULL,
    terms jsonb NOT NULL,
    notify_url text,
    key_id text,
    hold_id uuid NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    person_id uuid,
    confirmed_at timestamp with time zone,
    ended_at timestamp with time zone,
    batch_id uuid,
    CONSTRAINT transfer_bills_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT transfer_bills_appid_length CHECK (((length(appid) >= 1) AND (length(appid) <= 32))),
    CONSTRAINT transfer_bills_are_taken_by_somebody CHECK ((((state = ANY (ARRAY['confirmed'::text, 'received'::text])) = (person_id IS NOT NULL)) AND ((person_id IS NULL) = (confirmed_at IS NULL)))),
    CONSTRAINT transfer_bills_end CHECK (((state = ANY (ARRAY['received'::text, 'canceled'::text, 'expired'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT transfer_bills_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT transfer_bills_notify_url_length CHECK (((length(notify_url) >= 1) AND (length(notify_url) <= 255))),
    CONSTRAINT transfer_bills_number_length CHECK (((length(number) >= 1) AND (length(number) <= 32))),
    CONSTRAINT transfer_bills_openid_length CHECK (((length(openid) >= 1) AND (length(openid) <= 128))),
    CONSTRAINT transfer_bills_remark_length CHECK (((length(remark) >= 1) AND (length(remark) <= 32))),
    CONSTRAINT transfer_bills_state_is_known CHECK ((state = ANY (ARRAY['waiting'::text, 'confirmed'::text, 'received'::text, 'canceled'::text, 'expired'::text]))),
    CONSTRAINT transfer_bills_wait_for_a_time CHECK (((state = 'waiting'::text) = (due_at IS NOT NULL)))
);

CREATE VIEW wire.public_subjects AS
 SELECT merchant_orders.shard,
    merchant_orders.id,
    merchant_orders.shop_id
   FROM wire.merchant_orders
UNION ALL
 SELECT transfer_bills.shard,
    transfer_bills.id,
    transfer_bills.shop_id
   FROM wire.transfer_bills;

CREATE TABLE wire.receivers (
    shard smallint NOT NULL,
    mchid text NOT NULL,
    account text NOT NULL,
    relation_type text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT receivers_account_length CHECK (((length(account) >= 1) AND (length(account) <= 64))),
    CONSTRAINT receivers_relation_type_length CHECK (((length(relation_type) >= 1) AND (length(relation_type) <= 32)))
);

CREATE TABLE wire.red_packets (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    mchid text NOT NULL,
    number text NOT NULL,
    appid text NOT NULL,
    openid text NOT NULL,
    terms jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT red_packets_appid_length CHECK (((length(appid) >= 1) AND (length(appid) <= 32))),
    CONSTRAINT red_packets_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT red_packets_number_length CHECK (((length(number) >= 1) AND (length(number) <= 32))),
    CONSTRAINT red_packets_openid_length CHECK (((length(openid) >= 1) AND (length(openid) <= 128)))
);

CREATE TABLE wire.settlement_changes (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    provider_mchid text NOT NULL,
    holder text NOT NULL,
    bank text NOT NULL,
    last4 text NOT NULL,
    number_sealed bytea NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    CONSTRAINT settlement_changes_bank_length CHECK (((length(bank) >= 1) AND (length(bank) <= 100))),
    CONSTRAINT settlement_changes_holder_length CHECK (((length(holder) >= 1) AND (length(holder) <= 100))),
    CONSTRAINT settlement_changes_last4_are_digits CHECK ((last4 ~ '^[0-9]{4}$'::text)),
    CONSTRAINT settlement_changes_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT settlement_changes_provider_is_a_number CHECK ((provider_mchid ~ '^[1-9][0-9]{9}$'::text))
);

CREATE TABLE wire.split_parts (
    shard smallint NOT NULL,
    split_id uuid NOT NULL,
    place smallint NOT NULL,
    mchid text NOT NULL,
    shop_id uuid NOT NULL,
    amount bigint NOT NULL,
    returned bigint DEFAULT 0 NOT NULL,
    description text NOT NULL,
    type text DEFAULT 'MERCHANT_ID'::text NOT NULL,
    CONSTRAINT split_parts_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT split_parts_description_length CHECK (((length(description) >= 1) AND (length(description) <= 80))),
    CONSTRAINT split_parts_of_people_do_not_return CHECK (((type = 'MERCHANT_ID'::text) OR (returned = 0))),
    CONSTRAINT split_parts_place_range CHECK (((place >= 0) AND (place <= 49))),
    CONSTRAINT split_parts_return_no_more_than_they_have CHECK (((returned >= 0) AND (returned <= amount))),
    CONSTRAINT split_parts_type_is_known CHECK ((type = ANY (ARRAY['MERCHANT_ID'::text, 'PERSONAL_OPENID'::text, 'PERSONAL_SUB_OPENID'::text])))
);

CREATE TABLE wire.split_returns (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    split_id uuid NOT NULL,
    order_id uuid NOT NULL,
    place smallint NOT NULL,
    caller_mchid text NOT NULL,
    number text NOT NULL,
    mchid text NOT NULL,
    amount bigint NOT NULL,
    description text NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT split_returns_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT split_returns_description_length CHECK (((length(description) >= 1) AND (length(description) <= 80))),
    CONSTRAINT split_returns_end CHECK (((state = 'processing'::text) = (ended_at IS NULL))),
    CONSTRAINT split_returns_live_in_the_shard_of_their_order CHECK (((shard = kit.shard_of(order_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT split_returns_number_length CHECK (((length(number) >= 1) AND (length(number) <= 64))),
    CONSTRAINT split_returns_state_is_known CHECK ((state = ANY (ARRAY['processing'::text, 'success'::text, 'failed'::text])))
);

CREATE TABLE wire.splits (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    caller_mchid text NOT NULL,
    number text NOT NULL,
    amount bigint NOT NULL,
    unfreezes boolean NOT NULL,
    released bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    CONSTRAINT splits_amount_is_not_negative CHECK ((amount >= 0)),
    CONSTRAINT splits_description_length CHECK ((length(description) <= 80)),
    CONSTRAINT splits_do_something CHECK (((amount > 0) OR unfreezes)),
    CONSTRAINT splits_live_in_the_shard_of_their_order CHECK (((shard = kit.shard_of(order_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT splits_number_length CHECK (((length(number) >= 1) AND (length(number) <= 64))),
    CONSTRAINT splits_released_is_not_negative CHECK ((released >= 0))
);

CREATE TABLE wire.stock_apps (
    shard smallint NOT NULL,
    campaign_id uuid NOT NULL,
    appid text NOT NULL,
    CONSTRAINT stock_apps_appid_length CHECK (((length(appid) >= 1) AND (length(appid) <= 32)))
);

CREATE TABLE wire.subsidies (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    payer_id uuid NOT NULL,
    mchid text NOT NULL,
    order_id uuid NOT NULL,
    number text,
    amount bigint NOT NULL,
    description text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT subsidies_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT subsidies_description_length CHECK (((length(description) >= 1) AND (length(description) <= 80))),
    CONSTRAINT subsidies_live_in_the_shard_of_their_payer CHECK (((shard = kit.shard_of(payer_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT subsidies_number_length CHECK (((length(number) >= 1) AND (length(number) <= 64)))
);

CREATE TABLE wire.subsidy_returns (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    subsidy_id uuid NOT NULL,
    order_id uuid NOT NULL,
    payer_id uuid NOT NULL,
    number text NOT NULL,
    refund_id uuid,
    amount bigint NOT NULL,
    description text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT subsidy_returns_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT subsidy_returns_description_length CHECK (((length(description) >= 1) AND (length(description) <= 80))),
    CONSTRAINT subsidy_returns_live_in_the_shard_of_their_order CHECK (((shard = kit.shard_of(order_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT subsidy_returns_number_length CHECK (((length(number) >= 1) AND (length(number) <= 64)))
);

CREATE TABLE wire.transfer_batches (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    shop_id uuid NOT NULL,
    mchid text NOT NULL,
    number text NOT NULL,
    appid text NOT NULL,
    name text NOT NULL,
    remark text NOT NULL,
    amount bigint NOT NULL,
    quantity integer NOT NULL,
    terms jsonb NOT NULL,
    notify_url text,
    key_id text,
    created_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT transfer_batches_amount_is_in_range CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
    CONSTRAINT transfer_batches_appid_length CHECK (((length(appid) >= 1) AND (length(appid) <= 32))),
    CONSTRAINT transfer_batches_live_in_the_shard_of_their_shop CHECK (((shard = kit.shard_of(shop_id)) AND (shard = kit.shard_of(id)))),
    CONSTRAINT transfer_batches_name_length CHECK (((length(name) >= 1) AND (length(name) <= 32))),
    CONSTRAINT transfer_batches_notify_url_length CHECK (((length(notify_url) >= 1) AND (length(notify_url) <= 255))),
    CONSTRAINT transfer_batches_number_length CHECK (((length(number) >= 1) AND (length(number) <= 32))),
    CONSTRAINT transfer_batches_quantity_is_in_range CHECK (((quantity >= 1) AND (quantity <= 1000))),
    CONSTRAINT transfer_batches_remark_length CHECK (((length(remark) >= 1) AND (length(remark) <= 32)))
);

CREATE TABLE wire.withdrawals (
    shard smallint NOT NULL,
    id uuid NOT NULL,
    number text NOT NULL,
    CONSTRAINT withdrawals_live_in_the_shard_of_their_id CHECK ((shard = kit.shard_of(id))),
    CONSTRAINT withdrawals_number_length CHECK (((length(number) >= 1) AND (length(number) <= 32)))
);

CREATE TABLE word_rules.allowances (
    shard smallint NOT NULL,
    subject_id uuid NOT NULL,
    rule_id uuid NOT NULL,
    word text NOT NULL,
    allowed_at timestamp with time zone NOT NULL,
    CONSTRAINT allowances_live_with_their_subject CHECK ((shard = kit.shard_of(subject_id)))
);

CREATE TABLE word_rules.drafts (
    digest text NOT NULL,
    put jsonb NOT NULL,
    retired uuid[] NOT NULL,
    rule_ids uuid[] NOT NULL,
    trials jsonb NOT NULL,
    drafted_at timestamp with time zone NOT NULL,
    CONSTRAINT drafts_digest_is_sha256 CHECK ((digest ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE word_rules.rules (
    id uuid NOT NULL,
    from_version integer NOT NULL,
    to_version integer,
    name text NOT NULL,
    rule jsonb NOT NULL,
    CONSTRAINT rules_end_after_they_begin CHECK ((to_version > from_version)),
    CONSTRAINT rules_name_length CHECK (((length(name) >= 1) AND (length(name) <= 60))),
    CONSTRAINT rules_rule_length CHECK ((length((rule)::text) <= 50000))
);

CREATE TABLE word_rules.trials (
    fingerprint text NOT NULL,
    tried_at timestamp with time zone NOT NULL,
    trial_id uuid,
    found jsonb
);

CREATE TABLE word_rules.versions (
    version integer NOT NULL,
    id uuid NOT NULL,
    rules integer NOT NULL,
    put integer NOT NULL,
    retired integer NOT NULL,
    author_id uuid,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    approver_id uuid,
    CONSTRAINT versions_count_up CHECK ((version > 0)),
    CONSTRAINT versions_need_two_persons CHECK ((approver_id <> author_id)),
    CONSTRAINT versions_reason_length CHECK (((length(reason) >= 1) AND (length(reason) <= 500))),
    CONSTRAINT versions_rules_limit CHECK (((rules >= 0) AND (rules <= 10000)))
);

ALTER TABLE ONLY aftersale.cases
    ADD CONSTRAINT cases_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY aftersale.return_addresses
    ADD CONSTRAINT return_addresses_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY approvals.proposals
    ADD CONSTRAINT proposals_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY card_keys.keys
    ADD CONSTRAINT keys_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY carriers.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (parcel_id, id, shard);

ALTER TABLE ONLY carriers.parcels
    ADD CONSTRAINT parcels_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY catalog.categories
    ADD CONSTRAINT categories_pkey PRIMARY KEY (id);

ALTER TABLE ONLY catalog.former_texts
    ADD CONSTRAINT former_texts_pkey PRIMARY KEY (product_id, version, shard);

ALTER TABLE ONLY catalog.price_changes
    ADD CONSTRAINT price_changes_pkey PRIMARY KEY (sku_id, version, shard);

ALTER TABLE ONLY catalog.products
    ADD CONSTRAINT products_handle_is_the_shops_only UNIQUE (shop_id, handle, shard);

ALTER TABLE ONLY catalog.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY catalog.reviews
    ADD CONSTRAINT reviews_pkey PRIMARY KEY (product_id, shard);

ALTER TABLE ONLY catalog.rounds
    ADD CONSTRAINT rounds_pkey PRIMARY KEY (job);

ALTER TABLE ONLY catalog.skus
    ADD CONSTRAINT skus_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY catalog.stock_notices
    ADD CONSTRAINT stock_notices_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY catalog.text_keeping
    ADD CONSTRAINT text_keeping_pkey PRIMARY KEY (since);

ALTER TABLE ONLY chargebacks.cases
    ADD CONSTRAINT cases_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY chargebacks.evidence
    ADD CONSTRAINT evidence_pkey PRIMARY KEY (case_id, number, shard);

ALTER TABLE ONLY coupons.campaigns
    ADD CONSTRAINT campaigns_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY coupons.codes
    ADD CONSTRAINT codes_pkey PRIMARY KEY (code);

ALTER TABLE ONLY coupons.coupons
    ADD CONSTRAINT coupons_one_for_each_place UNIQUE (campaign_id, person_id, place, shard);

ALTER TABLE ONLY coupons.coupons
    ADD CONSTRAINT coupons_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY coupons.uses
    ADD CONSTRAINT uses_pkey PRIMARY KEY (coupon_id, use_id, shard);

ALTER TABLE ONLY coupons.uses
    ADD CONSTRAINT uses_returned_once UNIQUE (coupon_id, return_id, shard);

ALTER TABLE ONLY court_orders.court_orders
    ADD CONSTRAINT court_orders_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY court_orders.executions
    ADD CONSTRAINT executions_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY credit.bonds
    ADD CONSTRAINT bonds_pkey PRIMARY KEY (pair_id, shop_id, shard);

ALTER TABLE ONLY credit.brought
    ADD CONSTRAINT brought_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY credit.certificates
    ADD CONSTRAINT certificates_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY credit.issuers
    ADD CONSTRAINT issuers_pkey PRIMARY KEY (address, public_key);

ALTER TABLE ONLY credit.pairs
    ADD CONSTRAINT pairs_pkey PRIMARY KEY (pair_id, shard);

ALTER TABLE ONLY credit.rings
    ADD CONSTRAINT rings_pkey PRIMARY KEY (shop_id, buyer_id, shard);

ALTER TABLE ONLY credit.standings
    ADD CONSTRAINT standings_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY credit.tallies
    ADD CONSTRAINT tallies_pkey PRIMARY KEY (shop_id, month, verdict, shard);

ALTER TABLE ONLY credit.trades
    ADD CONSTRAINT trades_pkey PRIMARY KEY (order_id, shard);

ALTER TABLE ONLY developers.keys
    ADD CONSTRAINT keys_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY disputes.disputes
    ADD CONSTRAINT disputes_pkey PRIMARY KEY (case_id, shard);

ALTER TABLE ONLY disputes.evidence
    ADD CONSTRAINT evidence_pkey PRIMARY KEY (case_id, side, shard);

ALTER TABLE ONLY disputes.marks
    ADD CONSTRAINT marks_pkey PRIMARY KEY (case_id, side, place, rule_id, word, shard);

ALTER TABLE ONLY disputes.rulings
    ADD CONSTRAINT rulings_pkey PRIMARY KEY (case_id, number, shard);

ALTER TABLE ONLY dormancy.wallets
    ADD CONSTRAINT wallets_pkey PRIMARY KEY (person_id, shard);

ALTER TABLE ONLY events.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (stream, seq, shard);

ALTER TABLE ONLY events.heads
    ADD CONSTRAINT heads_pkey PRIMARY KEY (stream, shard);

ALTER TABLE ONLY events.queue
    ADD CONSTRAINT queue_pkey PRIMARY KEY (subscriber, id, shard);

ALTER TABLE ONLY events.subscriptions
    ADD CONSTRAINT subscriptions_pkey PRIMARY KEY (type, subscriber);

ALTER TABLE ONLY freight.places
    ADD CONSTRAINT places_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY freight.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (product_id, shop_id, shard);

ALTER TABLE ONLY freight.shops
    ADD CONSTRAINT shops_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY freight.templates
    ADD CONSTRAINT templates_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY identity.addresses
    ADD CONSTRAINT addresses_pkey PRIMARY KEY (person_id, id, shard);

ALTER TABLE ONLY identity.allowance_spendings
    ADD CONSTRAINT allowance_spendings_pkey PRIMARY KEY (person_id, id, shard);

ALTER TABLE ONLY identity.allowances
    ADD CONSTRAINT allowances_pkey PRIMARY KEY (person_id, id, shard);

ALTER TABLE ONLY identity.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (key);

ALTER TABLE ONLY identity.names
    ADD CONSTRAINT names_pkey PRIMARY KEY (name);

ALTER TABLE ONLY identity.payment_passwords
    ADD CONSTRAINT payment_passwords_pkey PRIMARY KEY (person_id, shard);

ALTER TABLE ONLY identity.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY identity.recovery_codes
    ADD CONSTRAINT recovery_codes_pkey PRIMARY KEY (person_id, shard);

ALTER TABLE ONLY identity.roles
    ADD CONSTRAINT roles_pkey PRIMARY KEY (person_id, scope, role, shard);

ALTER TABLE ONLY identity.second_factors
    ADD CONSTRAINT second_factors_pkey PRIMARY KEY (person_id, shard);

ALTER TABLE ONLY identity.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY identity.staff_changes
    ADD CONSTRAINT staff_changes_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY identity.staff_turn
    ADD CONSTRAINT staff_turn_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY inventory.changes
    ADD CONSTRAINT changes_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY inventory.holds
    ADD CONSTRAINT holds_pkey PRIMARY KEY (order_id, sku_id, warehouse_id, shard);

ALTER TABLE ONLY inventory.stock
    ADD CONSTRAINT stock_pkey PRIMARY KEY (sku_id, shard);

ALTER TABLE ONLY inventory.warehouses
    ADD CONSTRAINT warehouses_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY kit.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller_id, route, key, shard);

ALTER TABLE ONLY kit.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY kit.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (name);

ALTER TABLE ONLY kit.set_aside
    ADD CONSTRAINT set_aside_pkey PRIMARY KEY (job, id);

ALTER TABLE ONLY ledger.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY ledger.balance_snapshots
    ADD CONSTRAINT balance_snapshots_pkey PRIMARY KEY (account_id, "timestamp", shard);

ALTER TABLE ONLY ledger.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (lane, batch);

ALTER TABLE ONLY ledger.failed_transfers
    ADD CONSTRAINT failed_transfers_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY ledger.heads
    ADD CONSTRAINT heads_pkey PRIMARY KEY (lane);

ALTER TABLE ONLY ledger.ledgers
    ADD CONSTRAINT ledgers_asset_key UNIQUE (asset);

ALTER TABLE ONLY ledger.ledgers
    ADD CONSTRAINT ledgers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY ledger.pending_transfers
    ADD CONSTRAINT pending_transfers_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY ledger.signatures
    ADD CONSTRAINT signatures_pkey PRIMARY KEY (lane, batch);

ALTER TABLE ONLY ledger.transfers
    ADD CONSTRAINT transfers_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY media.owners
    ADD CONSTRAINT owners_pkey PRIMARY KEY (owner_id, shard);

ALTER TABLE ONLY media.pictures
    ADD CONSTRAINT pictures_pkey PRIMARY KEY (owner_id, hash, shard);

ALTER TABLE ONLY media.uses
    ADD CONSTRAINT uses_pkey PRIMARY KEY (holder_id, hash, shard);

ALTER TABLE ONLY media.videos
    ADD CONSTRAINT videos_pkey PRIMARY KEY (holder_id, shard);

ALTER TABLE ONLY onboarding.applications
    ADD CONSTRAINT applications_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY onboarding.checklists
    ADD CONSTRAINT checklists_pkey PRIMARY KEY (version);

ALTER TABLE ONLY onboarding.documents
    ADD CONSTRAINT documents_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY onboarding.fields
    ADD CONSTRAINT fields_pkey PRIMARY KEY (shop_id, field, shard);

ALTER TABLE ONLY onboarding.numbers
    ADD CONSTRAINT numbers_pkey PRIMARY KEY (index);

ALTER TABLE ONLY orders.alarms
    ADD CONSTRAINT alarms_pkey PRIMARY KEY (due_at, id, shard);

ALTER TABLE ONLY orders.cart_lines
    ADD CONSTRAINT cart_lines_pkey PRIMARY KEY (person_id, sku_id, shard);

ALTER TABLE ONLY orders.consents
    ADD CONSTRAINT consents_pkey PRIMARY KEY (shop_id, person_id, shard);

ALTER TABLE ONLY orders.fee_previews
    ADD CONSTRAINT fee_previews_pkey PRIMARY KEY (version, fingerprint);

ALTER TABLE orders.fee_rules
    ADD CONSTRAINT fee_rules_name_their_preview CHECK (((author_id IS NULL) OR (fingerprint IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY orders.fee_rules
    ADD CONSTRAINT fee_rules_pkey PRIMARY KEY (version);

ALTER TABLE ONLY orders.horizons
    ADD CONSTRAINT horizons_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY orders.invoice_books
    ADD CONSTRAINT invoice_books_pkey PRIMARY KEY (person_id, shard);

ALTER TABLE ONLY orders.invoice_offers
    ADD CONSTRAINT invoice_offers_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY orders.invoice_papers
    ADD CONSTRAINT invoice_papers_number_once UNIQUE (shop_id, number, shard);

ALTER TABLE ONLY orders.invoice_papers
    ADD CONSTRAINT invoice_papers_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY orders.invoices
    ADD CONSTRAINT invoices_pkey PRIMARY KEY (order_id, shard);

ALTER TABLE ONLY orders.lines
    ADD CONSTRAINT lines_pkey PRIMARY KEY (order_id, line, shard);

ALTER TABLE ONLY orders.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY orders.parcels
    ADD CONSTRAINT parcels_pkey PRIMARY KEY (order_id, id, shard);

ALTER TABLE ONLY orders.pickup_codes
    ADD CONSTRAINT pickup_codes_pkey PRIMARY KEY (order_id, shard);

ALTER TABLE ONLY orders.pickup_tries
    ADD CONSTRAINT pickup_tries_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY orders.rejections
    ADD CONSTRAINT rejections_pkey PRIMARY KEY (order_id, payment_id, shard);

ALTER TABLE ONLY orders.rules
    ADD CONSTRAINT rules_pkey PRIMARY KEY (version);

ALTER TABLE ONLY orders.sales
    ADD CONSTRAINT sales_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY orders.ship_reminders
    ADD CONSTRAINT ship_reminders_pkey PRIMARY KEY (order_id, shard);

ALTER TABLE ONLY packets.claims
    ADD CONSTRAINT claims_one_for_each_person UNIQUE (packet_id, finder_id, shard);

ALTER TABLE ONLY packets.claims
    ADD CONSTRAINT claims_pkey PRIMARY KEY (packet_id, place, shard);

ALTER TABLE ONLY packets.days
    ADD CONSTRAINT days_pkey PRIMARY KEY (person_id, "on", shard);

ALTER TABLE ONLY packets.packets
    ADD CONSTRAINT packets_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY packets.received
    ADD CONSTRAINT received_pkey PRIMARY KEY (person_id, packet_id, shard);

ALTER TABLE ONLY packets.splits
    ADD CONSTRAINT splits_pkey PRIMARY KEY (packet_id, shard);

ALTER TABLE ONLY payments.bank_batches
    ADD CONSTRAINT bank_batches_number_is_unique UNIQUE (number);

ALTER TABLE ONLY payments.bank_batches
    ADD CONSTRAINT bank_batches_pkey PRIMARY KEY (id);

ALTER TABLE ONLY payments.bank_payers
    ADD CONSTRAINT bank_payers_pkey PRIMARY KEY (payment_id, reference, shard);

ALTER TABLE ONLY payments.bank_statements
    ADD CONSTRAINT bank_statements_pkey PRIMARY KEY (id);

ALTER TABLE ONLY payments.bank_transfers
    ADD CONSTRAINT bank_transfers_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY payments.captures
    ADD CONSTRAINT captures_pkey PRIMARY KEY (channel, reference, shard);

ALTER TABLE ONLY payments.channels
    ADD CONSTRAINT channels_pkey PRIMARY KEY (name);

ALTER TABLE ONLY payments.chargebacks
    ADD CONSTRAINT chargebacks_pkey PRIMARY KEY (channel, reference, shard);

ALTER TABLE ONLY payments.enrolment_papers
    ADD CONSTRAINT enrolment_papers_pkey PRIMARY KEY (shop_id, channel, paper, shard);

ALTER TABLE ONLY payments.enrolments
    ADD CONSTRAINT enrolments_pkey PRIMARY KEY (shop_id, channel, shard);

ALTER TABLE ONLY payments.former_sub_merchants
    ADD CONSTRAINT former_sub_merchants_pkey PRIMARY KEY (shop_id, channel, shard);

ALTER TABLE ONLY payments.frozen_payments
    ADD CONSTRAINT frozen_payments_pkey PRIMARY KEY (payment_id, shard);

ALTER TABLE ONLY payments.held_statements
    ADD CONSTRAINT held_statements_pkey PRIMARY KEY (id);

ALTER TABLE ONLY payments.notices
    ADD CONSTRAINT notices_pkey PRIMARY KEY (channel, event_id, shard);

ALTER TABLE ONLY payments.part_refunds
    ADD CONSTRAINT part_refunds_pkey PRIMARY KEY (payment_id, order_id, shard);

ALTER TABLE ONLY payments.payments
    ADD CONSTRAINT payments_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY payments.payout_accounts
    ADD CONSTRAINT payout_accounts_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY payments.payouts
    ADD CONSTRAINT payouts_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY payments.refunds
    ADD CONSTRAINT refunds_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY payments.said_alone
    ADD CONSTRAINT said_alone_pkey PRIMARY KEY (id);

ALTER TABLE ONLY payments.sub_merchants
    ADD CONSTRAINT sub_merchants_pkey PRIMARY KEY (shop_id, channel, shard);

ALTER TABLE payments.unfreezings
    ADD CONSTRAINT unfreezings_decided_of_what_is_there CHECK ((((part IS NULL) = (rest IS NULL)) AND ((part >= 0) AND (part <= amount)) AND (rest >= 0))) NOT VALID;

ALTER TABLE payments.unfreezings
    ADD CONSTRAINT unfreezings_gone_back_is_no_debt CHECK (((gone_back >= 0) AND (fees_back >= 0))) NOT VALID;

ALTER TABLE ONLY payments.unfreezings
    ADD CONSTRAINT unfreezings_pkey PRIMARY KEY (id, shard);

ALTER TABLE payments.unfreezings
    ADD CONSTRAINT unfreezings_taken_off_within_amount CHECK (((taken_off >= 0) AND (taken_off <= amount))) NOT VALID;

ALTER TABLE ONLY periods.corrections
    ADD CONSTRAINT corrections_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY periods.periods
    ADD CONSTRAINT periods_pkey PRIMARY KEY (month);

ALTER TABLE ONLY periods.trials
    ADD CONSTRAINT trials_pkey PRIMARY KEY (month);

ALTER TABLE ONLY porting.exports
    ADD CONSTRAINT exports_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY porting.history
    ADD CONSTRAINT history_pkey PRIMARY KEY (shop_id, kind, id, shard);

ALTER TABLE ONLY porting.labels
    ADD CONSTRAINT labels_pkey PRIMARY KEY (shop_id, label, shard);

ALTER TABLE ONLY porting.lines
    ADD CONSTRAINT lines_pkey PRIMARY KEY (run_id, number, shard);

ALTER TABLE ONLY porting.names
    ADD CONSTRAINT names_pkey PRIMARY KEY (shop_id, key, shard);

ALTER TABLE ONLY porting.papers
    ADD CONSTRAINT papers_pkey PRIMARY KEY (shop_id, id, shard);

ALTER TABLE ONLY porting.parts
    ADD CONSTRAINT parts_pkey PRIMARY KEY (file_id, number, shard);

ALTER TABLE ONLY porting.pictures
    ADD CONSTRAINT pictures_pkey PRIMARY KEY (shop_id, digest, shard);

ALTER TABLE ONLY porting.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY porting.shops
    ADD CONSTRAINT shops_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY reconciliation.arrivals
    ADD CONSTRAINT arrivals_pkey PRIMARY KEY (reference, channel, shard);

ALTER TABLE ONLY reconciliation.breaks
    ADD CONSTRAINT breaks_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY reconciliation.returns
    ADD CONSTRAINT returns_pkey PRIMARY KEY (reference, channel, shard);

ALTER TABLE ONLY reconciliation.staged_lines
    ADD CONSTRAINT staged_lines_pkey PRIMARY KEY (statement_id, line, shard);

ALTER TABLE ONLY reconciliation.statements
    ADD CONSTRAINT statements_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY reviews.holds
    ADD CONSTRAINT holds_pkey PRIMARY KEY (order_id, line, part, shard);

ALTER TABLE ONLY reviews.product_counts
    ADD CONSTRAINT product_counts_pkey PRIMARY KEY (product_id, shard);

ALTER TABLE ONLY reviews.reports
    ADD CONSTRAINT reports_once UNIQUE (order_id, line, person_id, shard);

ALTER TABLE ONLY reviews.reports
    ADD CONSTRAINT reports_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY reviews.reviews
    ADD CONSTRAINT reviews_pkey PRIMARY KEY (order_id, line, shard);

ALTER TABLE ONLY reviews.shop_months
    ADD CONSTRAINT shop_months_pkey PRIMARY KEY (shop_id, month, shard);

ALTER TABLE ONLY reviews.trades
    ADD CONSTRAINT trades_pkey PRIMARY KEY (order_id, shard);

ALTER TABLE ONLY rulebook.versions
    ADD CONSTRAINT versions_pkey PRIMARY KEY (name, version);

ALTER TABLE ONLY sandbox.chargebacks
    ADD CONSTRAINT chargebacks_pkey PRIMARY KEY (charge_id, shard);

ALTER TABLE ONLY sandbox.charges
    ADD CONSTRAINT charges_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY sandbox.notices
    ADD CONSTRAINT notices_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY sandbox.payouts
    ADD CONSTRAINT payouts_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY sandbox.refunds
    ADD CONSTRAINT refunds_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY sandbox.settlements
    ADD CONSTRAINT settlements_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY sandbox.transactions
    ADD CONSTRAINT transactions_pkey PRIMARY KEY (reference, shard);

ALTER TABLE ONLY search.hidden_words
    ADD CONSTRAINT hidden_words_pkey PRIMARY KEY (word, shard);

ALTER TABLE ONLY search.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY search.scores
    ADD CONSTRAINT scores_pkey PRIMARY KEY (product_id, shard);

ALTER TABLE ONLY search.words
    ADD CONSTRAINT words_pkey PRIMARY KEY (word, day, shard);

ALTER TABLE ONLY settlement.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY shops.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY shops.limits
    ADD CONSTRAINT limits_pkey PRIMARY KEY (version);

ALTER TABLE ONLY shops.members
    ADD CONSTRAINT members_pkey PRIMARY KEY (shop_id, person_id, shard);

ALTER TABLE ONLY shops.shop_handles
    ADD CONSTRAINT shop_handles_pkey PRIMARY KEY (handle);

ALTER TABLE ONLY shops.shops
    ADD CONSTRAINT shops_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY shops.suspensions
    ADD CONSTRAINT suspensions_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY storefronts.designs
    ADD CONSTRAINT designs_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY storefronts.versions
    ADD CONSTRAINT versions_pkey PRIMARY KEY (shop_id, number, shard);

ALTER TABLE ONLY supervision.complaints
    ADD CONSTRAINT complaints_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY supervision.conduct_rules
    ADD CONSTRAINT conduct_rules_pkey PRIMARY KEY (id, from_version);

ALTER TABLE ONLY supervision.conduct_versions
    ADD CONSTRAINT conduct_versions_pkey PRIMARY KEY (version);

ALTER TABLE ONLY supervision.hits
    ADD CONSTRAINT hits_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY supervision.inquiries
    ADD CONSTRAINT inquiries_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY supervision.marked_names
    ADD CONSTRAINT marked_names_pkey PRIMARY KEY (person_id, shard);

ALTER TABLE ONLY supervision.penalties
    ADD CONSTRAINT penalties_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY supervision.records
    ADD CONSTRAINT records_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY supervision.tallies
    ADD CONSTRAINT tallies_pkey PRIMARY KEY (shop_id, hour, measure, subject_id, about_id, shard);

ALTER TABLE ONLY supervision.trial_hits
    ADD CONSTRAINT trial_hits_pkey PRIMARY KEY (trial_id, number);

ALTER TABLE ONLY supervision.trials
    ADD CONSTRAINT trials_pkey PRIMARY KEY (id);

ALTER TABLE ONLY supervision.watched
    ADD CONSTRAINT watched_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY supervision.word_trials
    ADD CONSTRAINT word_trials_pkey PRIMARY KEY (id);

ALTER TABLE ONLY twin.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY webhooks.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (message_id, number, shard);

ALTER TABLE ONLY webhooks.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.applyments
    ADD CONSTRAINT applyments_pkey PRIMARY KEY (shop_id, shard);

ALTER TABLE ONLY wire.bill_pages
    ADD CONSTRAINT bill_pages_pkey PRIMARY KEY (bill_id, place, shard);

ALTER TABLE ONLY wire.bills
    ADD CONSTRAINT bills_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.certificates
    ADD CONSTRAINT certificates_pkey PRIMARY KEY (mchid, serial, shard);

ALTER TABLE ONLY wire.code_stocks
    ADD CONSTRAINT code_stocks_pkey PRIMARY KEY (campaign_id, shard);

ALTER TABLE ONLY wire.combined_orders
    ADD CONSTRAINT combined_orders_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.complaints
    ADD CONSTRAINT complaints_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.listeners
    ADD CONSTRAINT listeners_pkey PRIMARY KEY (mchid, topic, shard);

ALTER TABLE ONLY wire.merchant_orders
    ADD CONSTRAINT merchant_orders_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.merchant_refunds
    ADD CONSTRAINT merchant_refunds_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.merchants
    ADD CONSTRAINT merchants_pkey PRIMARY KEY (mchid, shard);

ALTER TABLE ONLY wire.nonces
    ADD CONSTRAINT nonces_pkey PRIMARY KEY (mchid, nonce, at, shard);

ALTER TABLE ONLY wire.own_codes
    ADD CONSTRAINT own_codes_pkey PRIMARY KEY (shop_id, code, shard);

ALTER TABLE ONLY wire.payment_codes
    ADD CONSTRAINT payment_codes_are_drawn_once UNIQUE (digest, shard);

ALTER TABLE ONLY wire.payment_codes
    ADD CONSTRAINT payment_codes_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.platform_keys
    ADD CONSTRAINT platform_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY wire.receivers
    ADD CONSTRAINT receivers_pkey PRIMARY KEY (mchid, account, shard);

ALTER TABLE ONLY wire.red_packets
    ADD CONSTRAINT red_packets_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.settlement_changes
    ADD CONSTRAINT settlement_changes_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.split_parts
    ADD CONSTRAINT split_parts_pkey PRIMARY KEY (split_id, place, shard);

ALTER TABLE ONLY wire.split_returns
    ADD CONSTRAINT split_returns_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.splits
    ADD CONSTRAINT splits_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.stock_apps
    ADD CONSTRAINT stock_apps_pkey PRIMARY KEY (campaign_id, shard);

ALTER TABLE ONLY wire.subsidies
    ADD CONSTRAINT subsidies_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.subsidy_returns
    ADD CONSTRAINT subsidy_returns_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.transfer_batches
    ADD CONSTRAINT transfer_batches_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.transfer_bills
    ADD CONSTRAINT transfer_bills_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY wire.withdrawals
    ADD CONSTRAINT withdrawals_pkey PRIMARY KEY (id, shard);

ALTER TABLE ONLY word_rules.allowances
    ADD CONSTRAINT allowances_pkey PRIMARY KEY (subject_id, rule_id, word, shard);

ALTER TABLE ONLY word_rules.drafts
    ADD CONSTRAINT drafts_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY word_rules.rules
    ADD CONSTRAINT rules_pkey PRIMARY KEY (id, from_version);

ALTER TABLE ONLY word_rules.trials
    ADD CONSTRAINT trials_pkey PRIMARY KEY (fingerprint);

ALTER TABLE ONLY word_rules.versions
    ADD CONSTRAINT versions_pkey PRIMARY KEY (version);

CREATE INDEX cases_asked_of_a_shop ON aftersale.cases USING btree (shop_id, asked_at DESC, id DESC) INCLUDE (shard);

CREATE INDEX cases_by_return_number ON aftersale.cases USING btree (return_number) WHERE (return_number IS NOT NULL);

CREATE INDEX cases_due ON aftersale.cases USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX cases_newest ON aftersale.cases USING btree (asked_at DESC, id DESC);

CREATE INDEX cases_not_over ON aftersale.cases USING btree (asked_at DESC, id DESC) WHERE (ended_at IS NULL);

CREATE INDEX cases_not_over_of_a_shop ON aftersale.cases USING btree (shop_id, asked_at DESC, id DESC) WHERE (ended_at IS NULL);

CREATE INDEX cases_of_a_buyer ON aftersale.cases USING btree (buyer_id, asked_at DESC, id DESC);

CREATE INDEX cases_of_an_order ON aftersale.cases USING btree (order_id, line);

CREATE UNIQUE INDEX cases_one_undecided_for_each_line ON aftersale.cases USING btree (order_id, line, shard) WHERE (state = ANY (ARRAY['asked'::text, 'countered'::text, 'refused'::text, 'disputed'::text, 'agreed'::text, 'to_return'::text, 'returning'::text, 'return_countered'::text, 'return_refused'::text, 'returned'::text, 'to_give_back'::text]));

CREATE INDEX proposals_of_disputes ON approvals.proposals USING btree (shard, (((deed ->> 'case_id'::text))::uuid)) WHERE ((deed ->> 'case_id'::text) IS NOT NULL);

CREATE INDEX proposals_waiting ON approvals.proposals USING btree (id) WHERE (state = 'proposed'::text);

CREATE UNIQUE INDEX keys_are_stored_once ON card_keys.keys USING btree (shop_id, blind_index, shard);

CREATE INDEX keys_in_store ON card_keys.keys USING btree (sku_id, stored_at, id) WHERE (order_id IS NULL);

CREATE INDEX keys_of_order ON card_keys.keys USING btree (order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX keys_of_sku ON card_keys.keys USING btree (sku_id, stored_at DESC, id DESC);

CREATE INDEX parcels_by_number ON carriers.parcels USING btree (tracking_number);

CREATE INDEX parcels_by_time ON carriers.parcels USING btree (shipped_at DESC);

CREATE UNIQUE INDEX parcels_followed_once ON carriers.parcels USING btree (COALESCE(sent_as, id), order_id, shard);

CREATE INDEX parcels_to_poll ON carriers.parcels USING btree (poll_at) WHERE (poll_at IS NOT NULL);

CREATE INDEX former_texts_by_time ON catalog.former_texts USING btree (until_at);

CREATE INDEX former_texts_of_product ON catalog.former_texts USING btree (product_id, until_at);

CREATE INDEX former_texts_to_sift ON catalog.former_texts USING btree (until_at) WHERE (NOT is_sifted);

CREATE INDEX products_best_sold ON catalog.products USING btree (sold DESC, id DESC) WHERE (status = 'listed'::text);

CREATE INDEX products_newest ON catalog.products USING btree (listed_at DESC, id DESC) WHERE (status = 'listed'::text);

CREATE INDEX products_of_category ON catalog.products USING btree (category_id, listed_at DESC, id DESC) WHERE ((status = 'listed'::text) AND (category_id IS NOT NULL));

CREATE INDEX products_of_shop ON catalog.products USING btree (shop_id, created_at DESC, id DESC);

CREATE INDEX products_of_shop_best_sold ON catalog.products USING btree (shop_id, sold DESC, id DESC) WHERE (status = 'listed'::text);

CREATE INDEX products_of_shop_by_price ON catalog.products USING btree (shop_id, price_min, id) WHERE (status = 'listed'::text);

CREATE INDEX products_of_shop_newest ON catalog.products USING btree (shop_id, listed_at DESC, id DESC) WHERE (status = 'listed'::text);

CREATE INDEX products_of_shop_not_on_sale ON catalog.products USING btree (shop_id, status, created_at DESC, id DESC) WHERE (status <> 'listed'::text);

CREATE INDEX products_to_list ON catalog.products USING btree (list_at) WHERE (list_at IS NOT NULL);

CREATE INDEX products_to_withdraw ON catalog.products USING btree (withdraw_at) WHERE (withdraw_at IS NOT NULL);

CREATE INDEX reviews_by_decision ON catalog.reviews USING btree ((
CASE
    WHEN (state <> 'waiting'::text) THEN decided_at
    ELSE NULL::timestamp with time zone
END));

CREATE INDEX reviews_of_shop ON catalog.reviews USING btree (shop_id) WHERE (state = ANY (ARRAY['waiting'::text, 'refused'::text]));

CREATE INDEX reviews_waiting ON catalog.reviews USING btree (submitted_at, product_id) WHERE (state = 'waiting'::text);

CREATE UNIQUE INDEX skus_choices_are_the_products_only ON catalog.skus USING btree (product_id, choices, shard) WHERE (status = 'listed'::text);

CREATE INDEX skus_of_product ON catalog.skus USING btree (product_id, "position");

CREATE INDEX skus_watched_in_order ON catalog.skus USING btree (shop_id, id) WHERE ((low_stock IS NOT NULL) AND (status = 'listed'::text));

CREATE INDEX stock_notices_ended ON catalog.stock_notices USING btree (ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX stock_notices_of_shop ON catalog.stock_notices USING btree (shop_id, noticed_at DESC, id DESC);

CREATE UNIQUE INDEX stock_notices_one_is_open ON catalog.stock_notices USING btree (sku_id, shard) WHERE (ended_at IS NULL);

CREATE INDEX stock_notices_open_of_shop ON catalog.stock_notices USING btree (shop_id, sku_id) WHERE (ended_at IS NULL);

CREATE INDEX cases_by_end ON chargebacks.cases USING btree (COALESCE(represented_at, ended_at));

CREATE INDEX cases_in_order ON chargebacks.cases USING btree (received_at, id);

CREATE INDEX cases_of_order ON chargebacks.cases USING btree (order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX cases_of_payment ON chargebacks.cases USING btree (payment_id);

CREATE INDEX cases_of_shop ON chargebacks.cases USING btree (shop_id, received_at, id) WHERE (shop_id IS NOT NULL);

CREATE INDEX cases_to_follow ON chargebacks.cases USING btree (received_at) WHERE (closed_at IS NULL);

CREATE INDEX campaigns_of_a_shop ON coupons.campaigns USING btree (shop_id, id DESC) WHERE (shop_id IS NOT NULL);

CREATE INDEX campaigns_of_a_shop_by_time ON coupons.campaigns USING btree (shop_id, created_at DESC, id DESC) WHERE (shop_id IS NOT NULL);

CREATE INDEX campaigns_of_the_platform ON coupons.campaigns USING btree (id DESC) WHERE (shop_id IS NULL);

CREATE INDEX campaigns_open ON coupons.campaigns USING btree (shop_id, ends_at) WHERE ((state = 'running'::text) AND (code IS NULL));

CREATE INDEX campaigns_prepaid ON coupons.campaigns USING btree (id) WHERE (cashier @> '{"is_prepaid": true}'::jsonb);

CREATE INDEX coupons_of_a_campaign ON coupons.coupons USING btree (campaign_id, state, used_at);

CREATE INDEX coupons_of_a_person ON coupons.coupons USING btree (person_id, claimed_at DESC, id DESC);

CREATE INDEX uses_of_a_campaign ON coupons.uses USING btree (campaign_id, used_at, coupon_id);

CREATE INDEX uses_returned ON coupons.uses USING btree (campaign_id, returned_at, coupon_id) WHERE (returned_at IS NOT NULL);

CREATE INDEX court_orders_account ON court_orders.court_orders USING btree (account_id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX court_orders_hold_once ON court_orders.court_orders USING btree (account_id, number_key, shard) WHERE ((ended_at IS NULL) AND (number_key <> ''::text));

CREATE INDEX court_orders_in_force ON court_orders.court_orders USING btree (id) WHERE (ended_at IS NULL);

CREATE UNIQUE INDEX court_orders_one_freezes_an_account ON court_orders.court_orders USING btree (account_id, shard) WHERE is_freezing;

CREATE INDEX court_orders_owner ON court_orders.court_orders USING btree (owner_id);

CREATE UNIQUE INDEX executions_are_by_a_notice_each ON court_orders.executions USING btree (court_order_id, number, same_before, shard);

CREATE INDEX bonds_of_a_buyer ON credit.bonds USING btree (buyer_id, made_at, shop_id);

CREATE INDEX brought_of_a_shop ON credit.brought USING btree (shop_id, brought_at DESC);

CREATE UNIQUE INDEX brought_one_from_each_issuer ON credit.brought USING btree (shop_id, issuer, shard) WHERE (state = 'in_force'::text);

CREATE INDEX brought_to_ask_for ON credit.brought USING btree (asked_at) WHERE (state = 'in_force'::text);

CREATE INDEX certificates_of_a_shop ON credit.certificates USING btree (shop_id, issued_at DESC);

CREATE INDEX standings_by_rules ON credit.standings USING btree (rules_version);

CREATE INDEX trades_of_a_buyer ON credit.trades USING btree (shop_id, buyer_id, month, settled_at, order_id);

CREATE INDEX trades_of_a_shop ON credit.trades USING btree (shop_id, settled_at DESC, order_id DESC);

CREATE INDEX keys_of_a_person ON developers.keys USING btree (person_id, id);

CREATE INDEX disputes_by_execution ON disputes.disputes USING btree ((
CASE
    WHEN (state = 'executed'::text) THEN ended_at
    ELSE NULL::timestamp with time zone
END));

CREATE INDEX disputes_counted ON disputes.disputes USING btree (shop_id) INCLUDE (shard, state, most, awarded, ruled, appealed_by);

CREATE INDEX disputes_due ON disputes.disputes USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX disputes_executed ON disputes.disputes USING btree (reason, ended_at DESC) WHERE (state = 'executed'::text);

CREATE INDEX disputes_newest ON disputes.disputes USING btree (opened_at DESC, case_id DESC);

CREATE INDEX disputes_of_a_shop ON disputes.disputes USING btree (shop_id, opened_at DESC);

CREATE INDEX disputes_of_an_order ON disputes.disputes USING btree (order_id);

CREATE INDEX disputes_open_of_a_shop ON disputes.disputes USING btree (shop_id) WHERE (ended_at IS NULL);

CREATE INDEX disputes_stopping ON disputes.disputes USING btree (stop_at) WHERE (due_at IS NOT NULL);

CREATE INDEX marks_newest ON disputes.marks USING btree (opened_at DESC, case_id DESC, shard);

CREATE INDEX wallets_not_awake ON dormancy.wallets USING btree (state, person_id) WHERE (state <> 'awake'::text);

CREATE INDEX events_of_a_member_of_staff ON events.events USING btree (actor_id, at DESC, id DESC) WHERE (actor_kind = 'staff'::text);

CREATE INDEX events_of_staff ON events.events USING btree (at DESC, id DESC) WHERE (actor_kind = 'staff'::text);

CREATE INDEX events_subject ON events.events USING btree (subject_id, id);

CREATE INDEX queue_set_aside ON events.queue USING btree (set_aside_at) WHERE (set_aside_at IS NOT NULL);

CREATE INDEX places_of_a_shop ON freight.places USING btree (shop_id);

CREATE INDEX products_of_a_template ON freight.products USING btree (template_id) WHERE (template_id IS NOT NULL);

CREATE INDEX templates_of_a_shop ON freight.templates USING btree (shop_id);

CREATE UNIQUE INDEX templates_one_is_default ON freight.templates USING btree (shop_id, shard) WHERE is_default;

CREATE UNIQUE INDEX addresses_one_is_default ON identity.addresses USING btree (person_id, shard) WHERE is_default;

CREATE INDEX attempts_attempted_at ON identity.attempts USING btree (attempted_at);

CREATE INDEX roles_of_staff ON identity.roles USING btree (person_id, role) WHERE (scope = 'platform'::text);

CREATE INDEX sessions_idle_at ON identity.sessions USING btree (idle_at);

CREATE INDEX sessions_of_a_person ON identity.sessions USING btree (person_id, id);

CREATE INDEX staff_changes_by_time ON identity.staff_changes USING btree (at, id);

CREATE INDEX staff_changes_of_a_person ON identity.staff_changes USING btree (person_id, role, at);

CREATE INDEX changes_of_a_shop ON inventory.changes USING btree (shop_id, at DESC, id DESC);

CREATE INDEX changes_of_a_sku ON inventory.changes USING btree (sku_id, at DESC, id DESC);

CREATE INDEX stock_capped ON inventory.stock USING btree (cap_until) WHERE (cap_until IS NOT NULL);

CREATE INDEX stock_of_a_shop ON inventory.stock USING btree (shop_id, sku_id);

CREATE INDEX warehouses_of_a_shop ON inventory.warehouses USING btree (shop_id);

CREATE INDEX idempotency_keys_created_at ON kit.idempotency_keys USING btree (created_at);

CREATE INDEX accounts_created_at ON ledger.accounts USING brin (created_at) WITH (pages_per_range='16');

CREATE INDEX accounts_dormant ON ledger.accounts USING btree (owner_id) WHERE (code = 2015);

CREATE INDEX accounts_of_shops ON ledger.accounts USING btree (owner_id, code) WHERE (code = ANY (ARRAY[1110, 2021, 2022]));

CREATE INDEX accounts_of_the_platform ON ledger.accounts USING btree (code) WHERE (owner_id IS NULL);

CREATE INDEX accounts_of_wallets ON ledger.accounts USING btree (owner_id) WHERE (code = 2010);

CREATE INDEX balance_snapshots_timestamp ON ledger.balance_snapshots USING brin ("timestamp") WITH (pages_per_range='16');

CREATE INDEX failed_transfers_timestamp ON ledger.failed_transfers USING brin ("timestamp") WITH (pages_per_range='16');

CREATE INDEX pending_transfers_expiry ON ledger.pending_transfers USING btree (expires_at) WHERE ((state = 1) AND (expires_at IS NOT NULL));

CREATE INDEX transfers_credit ON ledger.transfers USING btree (credit_account_id, "timestamp");

CREATE INDEX transfers_debit ON ledger.transfers USING btree (debit_account_id, "timestamp");

CREATE INDEX transfers_timestamp ON ledger.transfers USING brin ("timestamp") WITH (pages_per_range='16');

CREATE INDEX pictures_newest ON media.pictures USING btree (created_at DESC) WHERE (sweep_at IS NULL);

CREATE INDEX pictures_to_sweep ON media.pictures USING btree (sweep_at) WHERE (sweep_at IS NOT NULL);

CREATE INDEX uses_of_picture ON media.uses USING btree (owner_id, hash);

CREATE INDEX videos_of_owner ON media.videos USING btree (owner_id, shown_at DESC, holder_id DESC);

CREATE INDEX applications_by_decision ON onboarding.applications USING btree ((
CASE
    WHEN (state <> ALL (ARRAY['submitted'::text, 'in_review'::text])) THEN decided_at
    ELSE NULL::timestamp with time zone
END)) WHERE (submitted_at IS NOT NULL);

CREATE INDEX applications_in_order ON onboarding.applications USING btree (state, submitted_at, shop_id);

CREATE INDEX applications_to_forget ON onboarding.applications USING btree (forget_at) WHERE (forget_at IS NOT NULL);

CREATE INDEX applications_without_kind ON onboarding.applications USING btree (shop_id) WHERE ((kind IS NULL) AND (state = ANY (ARRAY['submitted'::text, 'in_review'::text, 'returned'::text, 'approved'::text])));

CREATE INDEX documents_of_a_shop ON onboarding.documents USING btree (shop_id);

CREATE INDEX fields_by_index ON onboarding.fields USING btree (index) WHERE (index IS NOT NULL);

CREATE INDEX consents_in_force_of_a_shop ON orders.consents USING btree (shop_id, agreed_at DESC, person_id DESC) INCLUDE (shard) WHERE (withdrawn_at IS NULL);

CREATE INDEX consents_of_a_person ON orders.consents USING btree (person_id, agreed_at DESC);

CREATE INDEX invoice_papers_of_an_order ON orders.invoice_papers USING btree (order_id, added_at);

CREATE INDEX invoices_newest_of_a_shop ON orders.invoices USING btree (shop_id, requested_at DESC, order_id DESC);

CREATE INDEX invoices_of_a_buyer ON orders.invoices USING btree (buyer_id, requested_at DESC, order_id DESC);

CREATE INDEX invoices_of_a_shop ON orders.invoices USING btree (shop_id, state, requested_at DESC, order_id DESC);

CREATE INDEX invoices_whole ON orders.invoices USING btree (shop_id, order_id);

CREATE INDEX orders_by_time ON orders.orders USING brin (placed_at);

CREATE INDEX orders_of_a_buyer ON orders.orders USING btree (buyer_id, placed_at DESC, id DESC);

CREATE INDEX orders_of_a_shop ON orders.orders USING btree (shop_id, placed_at DESC, id DESC);

CREATE INDEX orders_with_open_cases ON orders.orders USING btree (shop_id) WHERE (open_cases > 0);

CREATE INDEX parcels_by_number ON orders.parcels USING btree (tracking_number);

CREATE INDEX parcels_by_time ON orders.parcels USING brin (shipped_at) WITH (autosummarize='on', pages_per_range='16');

CREATE UNIQUE INDEX pickup_codes_are_of_one_order ON orders.pickup_codes USING btree (shop_id, blind_index, shard);

CREATE INDEX packets_due ON packets.packets USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX packets_of_a_sender ON packets.packets USING btree (sender_id, created_at DESC, id DESC);

CREATE INDEX received_by_a_person ON packets.received USING btree (person_id, at DESC, packet_id DESC);

CREATE INDEX bank_batches_newest ON payments.bank_batches USING btree (created_at);

CREATE INDEX bank_statements_newest ON payments.bank_statements USING btree (imported_at);

CREATE UNIQUE INDEX bank_transfers_by_reference ON payments.bank_transfers USING btree (reference, shard);

CREATE UNIQUE INDEX bank_transfers_of_batches ON payments.bank_transfers USING btree (batch_id, line, shard);

CREATE INDEX bank_transfers_of_subjects ON payments.bank_transfers USING btree (subject_id, attempt);

CREATE UNIQUE INDEX bank_transfers_one_under_way ON payments.bank_transfers USING btree (subject_id, shard) WHERE (status <> ALL (ARRAY['rejected'::text, 'returned'::text]));

CREATE INDEX bank_transfers_unmatched ON payments.bank_transfers USING btree (created_at) WHERE ((paid_by IS NULL) AND (status = ANY (ARRAY['sent'::text, 'paid'::text])));

CREATE INDEX bank_transfers_waiting ON payments.bank_transfers USING btree (created_at, id) WHERE (status = 'waiting'::text);

CREATE INDEX captures_by_time ON payments.captures USING brin (captured_at) WITH (autosummarize='on', pages_per_range='16');

CREATE INDEX captures_unmatched ON payments.captures USING btree (captured_at) WHERE ((disposition = 'unmatched'::text) AND (ended_at IS NULL));

CREATE INDEX chargebacks_by_time ON payments.chargebacks USING brin (received_at) WITH (autosummarize='on', pages_per_range='16');

CREATE INDEX chargebacks_of_payment ON payments.chargebacks USING btree (payment_id);

CREATE INDEX enrolments_changed ON payments.enrolments USING btree (changed_at, shop_id, channel);

CREATE INDEX enrolments_due ON payments.enrolments USING btree (query_at) WHERE (query_at IS NOT NULL);

CREATE INDEX enrolments_given ON payments.enrolments USING btree (changed_at) WHERE (given_last4 IS NOT NULL);

CREATE INDEX enrolments_kept ON payments.enrolments USING btree (changed_at) WHERE ((status = 'taken_on'::text) AND (answers_sealed IS NOT NULL));

CREATE INDEX enrolments_set_aside ON payments.enrolments USING btree (changed_at) WHERE ((status = 'handed_in'::text) AND (query_at IS NULL));

CREATE INDEX former_sub_merchants_unbound ON payments.former_sub_merchants USING btree (unbound_at, shop_id, channel);

CREATE INDEX held_statements_waiting ON payments.held_statements USING btree (held_at) WHERE ((released_at IS NULL) AND (content IS NOT NULL));

CREATE INDEX notices_bank_moves ON payments.notices USING btree (kind, amount) WHERE (kind = ANY (ARRAY['debited'::text, 'credit_taken_back'::text, 'debit_taken_back'::text]));

CREATE INDEX notices_by_time ON payments.notices USING brin (occurred_at) WITH (autosummarize='on', pages_per_range='16');

CREATE INDEX notices_settled ON payments.notices USING btree (occurred_at) WHERE ((kind = 'settled'::text) AND (outcome = 'recorded'::text) AND (channel <> 'bank'::text));

CREATE INDEX notices_troubling ON payments.notices USING btree (received_at) WHERE (outcome = ANY (ARRAY['unmatched'::text, 'contradicts'::text]));

CREATE INDEX payments_by_capture ON payments.payments USING brin (captured_at) WITH (autosummarize='on', pages_per_range='16');

CREATE INDEX payments_by_reference ON payments.payments USING btree (pay_url) WHERE (pay_way = 'transfer'::text);

CREATE INDEX payments_open_parts ON payments.payments USING gin (jsonb_path_query_array(parts, '$[*]."order_id"'::jsonpath)) WHERE ((parts IS NOT NULL) AND (status = ANY (ARRAY['created'::text, 'submitted'::text, 'unknown'::text])));

CREATE INDEX payments_open_subjects ON payments.payments USING btree (subject_id) WHERE (status = ANY (ARRAY['created'::text, 'submitted'::text, 'unknown'::text]));

CREATE INDEX payments_query_at ON payments.payments USING btree (query_at) WHERE (query_at IS NOT NULL);

CREATE INDEX payout_accounts_owner ON payments.payout_accounts USING btree (owner_id) WHERE (removed_at IS NULL);

CREATE INDEX payouts_by_end ON payments.payouts USING brin (ended_at) WITH (autosummarize='on', pages_per_range='16');

CREATE INDEX payouts_by_payment ON payments.payouts USING brin (paid_at) WITH (autosummarize='on', pages_per_range='16');

CREATE INDEX payouts_in_review ON payments.payouts USING btree (created_at, id) WHERE (status = 'in_review'::text);

CREATE INDEX payouts_newest ON payments.payouts USING btree (created_at, id);

CREATE INDEX payouts_newest_of_owner ON payments.payouts USING btree (owner_id, created_at, id);

CREATE INDEX payouts_query_at ON payments.payouts USING btree (query_at) WHERE (query_at IS NOT NULL);

CREATE INDEX payouts_refused ON payments.payouts USING btree (ended_at) WHERE (status = 'refused'::text);

CREATE INDEX payouts_released ON payments.payouts USING btree (released_at) WHERE (released_at IS NOT NULL);

CREATE INDEX payouts_told ON payments.payouts USING btree (told_at) WHERE (told_at IS NOT NULL);

CREATE INDEX refunds_by_end ON payments.refunds USING brin (ended_at) WITH (autosummarize='on', pages_per_range='16');

CREATE INDEX refunds_for_people ON payments.refunds USING btree (id) WHERE ((status = 'abnormal'::text) OR ((status = ANY (ARRAY['submitted'::text, 'unknown'::text])) AND (query_at IS NULL)));

CREATE INDEX refunds_payment ON payments.refunds USING btree (payment_id);

CREATE INDEX refunds_query_at ON payments.refunds USING btree (query_at) WHERE (query_at IS NOT NULL);

CREATE INDEX said_alone_by_time ON payments.said_alone USING btree (said_at);

CREATE INDEX unfreezings_done ON payments.unfreezings USING btree (ended_at DESC, id DESC) WHERE (status = 'unfrozen'::text);

CREATE INDEX unfreezings_due ON payments.unfreezings USING btree (query_at) WHERE (query_at IS NOT NULL);

CREATE INDEX unfreezings_of_shops ON payments.unfreezings USING btree (shop_id) WHERE ((status <> 'unfrozen'::text) AND (status <> 'waiting'::text));

CREATE INDEX unfreezings_open ON payments.unfreezings USING btree (created_at, id) WHERE (status <> 'unfrozen'::text);

CREATE INDEX unfreezings_waiting ON payments.unfreezings USING btree (shop_id, id) WHERE (status = 'waiting'::text);

CREATE INDEX corrections_of_month ON periods.corrections USING btree (month, made_at);

CREATE INDEX exports_of_shop ON porting.exports USING btree (shop_id, created_at DESC, id DESC);

CREATE INDEX exports_under_way ON porting.exports USING btree (touched_at) WHERE (state = 'making'::text);

CREATE INDEX history_by_time ON porting.history USING btree (shop_id, kind, happened_at DESC, id DESC);

CREATE INDEX history_of_run ON porting.history USING btree (run_id);

CREATE INDEX lines_of_outcome ON porting.lines USING btree (run_id, outcome, number);

CREATE INDEX lines_with_pictures ON porting.lines USING btree (run_id, number) WHERE (pictures_due_at IS NOT NULL);

CREATE INDEX lines_withdrawn ON porting.lines USING btree (product_id) WHERE (undoing = 'withdrawn'::text);

CREATE INDEX papers_of_run ON porting.papers USING btree (run_id);

CREATE INDEX parts_due ON porting.parts USING btree (due_at);

CREATE INDEX parts_of_shop ON porting.parts USING btree (shop_id);

CREATE INDEX runs_of_shop ON porting.runs USING btree (shop_id, created_at DESC, id DESC);

CREATE INDEX runs_under_way ON porting.runs USING btree (touched_at) WHERE (state = ANY (ARRAY['checking'::text, 'importing'::text, 'undoing'::text]));

CREATE INDEX runs_with_pictures ON porting.runs USING btree (touched_at) WHERE ((state = 'imported'::text) AND (pictures > (pictures_taken + pictures_missed)));

CREATE INDEX breaks_by_day ON reconciliation.breaks USING btree (day, channel);

CREATE INDEX breaks_by_reference ON reconciliation.breaks USING btree (reference);

CREATE INDEX breaks_due ON reconciliation.breaks USING btree (found_at) WHERE (is_due OR is_to_tell);

CREATE UNIQUE INDEX breaks_end_a_capture_once ON reconciliation.breaks USING btree (reference, channel, shard) WHERE ((kind = 'charge'::text) AND (told = 'unmatched'::text));

CREATE INDEX breaks_open ON reconciliation.breaks USING btree (found_at) WHERE (state <> 'resolved'::text);

CREATE INDEX breaks_resolved_by_people ON reconciliation.breaks USING btree (resolved_at) WHERE (resolved_by IS NOT NULL);

CREATE INDEX statements_by_day ON reconciliation.statements USING btree (day DESC, channel);

CREATE INDEX holds_waiting ON reviews.holds USING btree (held_at, order_id, line, part) WHERE (judged_at IS NULL);

CREATE INDEX reports_by_ruling ON reviews.reports USING btree (ruled_at);

CREATE INDEX reports_open ON reviews.reports USING btree (reported_at, id) WHERE (ruled_at IS NULL);

CREATE INDEX reviews_of_a_product ON reviews.reviews USING btree (product_id, revealed_at DESC, order_id DESC, line DESC) WHERE (revealed_at IS NOT NULL);

CREATE INDEX reviews_of_a_shop ON reviews.reviews USING btree (shop_id, revealed_at DESC, order_id DESC, line DESC) WHERE (revealed_at IS NOT NULL);

CREATE INDEX reviews_to_answer ON reviews.reviews USING btree (shop_id, revealed_at DESC, order_id DESC, line DESC) WHERE ((revealed_at IS NOT NULL) AND (answered_at IS NULL) AND (removed_at IS NULL));

CREATE INDEX trades_blind ON reviews.trades USING btree (due_at) WHERE ((revealed_at IS NULL) AND (undone_at IS NULL));

CREATE INDEX trades_of_a_buyer ON reviews.trades USING btree (buyer_id, settled_at DESC, order_id DESC);

CREATE INDEX notices_due_at ON sandbox.notices USING btree (due_at);

CREATE INDEX refunds_unsettled ON sandbox.refunds USING btree (ended_at) WHERE ((status = 'succeeded'::text) AND (settled_at IS NULL));

CREATE INDEX transactions_charge ON sandbox.transactions USING btree (charge_id);

CREATE INDEX transactions_unsettled ON sandbox.transactions USING btree (told_at) WHERE (settled_at IS NULL);

CREATE INDEX products_best_sold ON search.products USING btree (sold DESC, id DESC);

CREATE INDEX products_by_credit ON search.products USING btree (credit DESC, id DESC);

CREATE INDEX products_by_price ON search.products USING btree (price_min, id);

CREATE INDEX products_by_stars ON search.products USING btree (stars DESC, id DESC);

CREATE INDEX products_newest ON search.products USING btree (listed_at DESC, id DESC);

CREATE INDEX products_popular ON search.products USING btree (popularity DESC, id DESC);

CREATE INDEX products_terms ON search.products USING gin (terms);

CREATE INDEX words_hot ON search.words USING btree (visitors DESC, word) WHERE (visitors >= 3);

CREATE INDEX words_of_day ON search.words USING btree (day) INCLUDE (shard);

CREATE INDEX schedules_due ON settlement.schedules USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX invitations_of_a_person ON shops.invitations USING btree (person_id) WHERE (state = 'pending'::text);

CREATE INDEX invitations_of_a_shop ON shops.invitations USING btree (shop_id) WHERE (state = 'pending'::text);

CREATE UNIQUE INDEX members_one_is_the_owner ON shops.members USING btree (shop_id, shard) WHERE (role = 'owner'::text);

CREATE INDEX shops_closed ON shops.shops USING btree (id) WHERE (closed_at IS NOT NULL);

CREATE INDEX shops_closing ON shops.shops USING btree (closing_at) WHERE ((closing_at IS NOT NULL) AND (closed_at IS NULL));

CREATE INDEX shops_of_an_owner ON shops.shops USING btree (owner_id);

CREATE INDEX shops_to_turn ON shops.shops USING btree (turn_at) WHERE (turn_at IS NOT NULL);

CREATE INDEX suspensions_by_judgement ON shops.suspensions USING btree (judged_at) WHERE (appealed_at IS NOT NULL);

CREATE INDEX suspensions_in_order ON shops.suspensions USING btree (suspended_at, id);

CREATE INDEX suspensions_of_a_shop ON shops.suspensions USING btree (shop_id, suspended_at);

CREATE UNIQUE INDEX suspensions_one_in_force ON shops.suspensions USING btree (shop_id, shard) WHERE (state = 'in_force'::text);

CREATE INDEX suspensions_to_judge ON shops.suspensions USING btree (appealed_at, id) WHERE ((appealed_at IS NOT NULL) AND (judged_at IS NULL) AND (state = 'in_force'::text));

CREATE INDEX complaints_of_a_inquiry ON supervision.complaints USING btree (inquiry_id, filed_at);

CREATE UNIQUE INDEX complaints_once_a_inquiry ON supervision.complaints USING btree (inquiry_id, person_id, shard) WHERE (person_id IS NOT NULL);

CREATE UNIQUE INDEX conduct_rules_one_in_force ON supervision.conduct_rules USING btree (id) WHERE (to_version IS NULL);

CREATE INDEX hits_in_order ON supervision.hits USING btree (hour DESC, id DESC);

CREATE INDEX hits_of_a_shop ON supervision.hits USING btree (shop_id, hour DESC, id DESC);

CREATE UNIQUE INDEX hits_once_a_day ON supervision.hits USING btree (rule_id, subject_id, "on", shard);

CREATE INDEX inquiries_by_end ON supervision.inquiries USING btree (decided_at);

CREATE INDEX inquiries_decided ON supervision.inquiries USING btree (decided_at, id) WHERE (state = 'decided'::text);

CREATE UNIQUE INDEX inquiries_one_open ON supervision.inquiries USING btree (subject_id, shard) WHERE (state = 'open'::text);

CREATE INDEX inquiries_to_decide ON supervision.inquiries USING btree (due_at, id) WHERE (state = 'open'::text);

CREATE INDEX marked_names_open ON supervision.marked_names USING btree (due_at, person_id) WHERE (decided_at IS NULL);

CREATE INDEX penalties_by_judgement ON supervision.penalties USING btree (judged_at) WHERE (appealed_at IS NOT NULL);

CREATE INDEX penalties_of_a_inquiry ON supervision.penalties USING btree (inquiry_id);

CREATE INDEX penalties_of_a_shop ON supervision.penalties USING btree (shop_id, imposed_at);

CREATE UNIQUE INDEX penalties_one_taking ON supervision.penalties USING btree (product_id, shard) WHERE ((state = 'in_force'::text) AND (kind = 'taken_down'::text));

CREATE INDEX penalties_to_end ON supervision.penalties USING btree (until) WHERE ((state = 'in_force'::text) AND (until IS NOT NULL));

CREATE INDEX penalties_to_judge ON supervision.penalties USING btree (appealed_at, id) WHERE ((appealed_at IS NOT NULL) AND (judged_at IS NULL) AND (state <> 'lifted'::text));

CREATE INDEX tallies_in_order ON supervision.tallies USING btree (hour);

CREATE INDEX trials_of_a_rule ON supervision.trials USING btree (fingerprint, done_at);

CREATE INDEX trials_to_do ON supervision.trials USING btree (asked_at) WHERE (done_at IS NULL);

CREATE INDEX word_trials_to_do ON supervision.word_trials USING btree (asked_at) WHERE ((done_at IS NULL) AND (failed_at IS NULL));

CREATE INDEX tickets_expires_at ON twin.tickets USING btree (expires_at);

CREATE INDEX messages_due ON webhooks.messages USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX messages_of_an_owner ON webhooks.messages USING btree (owner_id, created_at DESC, id DESC);

CREATE INDEX messages_of_an_owner_by_status ON webhooks.messages USING btree (owner_id, status, created_at DESC, id DESC);

CREATE INDEX applyments_begun ON wire.applyments USING btree (provider_id, created_at);

CREATE UNIQUE INDEX applyments_code ON wire.applyments USING btree (provider_id, code, shard);

CREATE UNIQUE INDEX applyments_number ON wire.applyments USING btree (provider_id, number, shard);

CREATE INDEX bill_pages_over ON wire.bill_pages USING btree (ends_at);

CREATE INDEX bills_of_a_merchant ON wire.bills USING btree (mchid, what, done_at);

CREATE INDEX bills_over ON wire.bills USING btree (ends_at);

CREATE INDEX complaints_by_decision ON wire.complaints USING btree (decided_at) WHERE (decided_at IS NOT NULL);

CREATE INDEX complaints_due ON wire.complaints USING btree (due_at) WHERE (state = ANY (ARRAY['asked'::text, 'answered'::text, 'completed'::text]));

CREATE INDEX complaints_of_a_payer ON wire.complaints USING btree (payer_id, asked_at DESC, id DESC);

CREATE INDEX complaints_of_a_shop ON wire.complaints USING btree (shop_id, asked_at DESC, id DESC);

CREATE INDEX complaints_of_an_order ON wire.complaints USING btree (order_id, asked_at);

CREATE INDEX complaints_of_staff ON wire.complaints USING btree (further_at DESC, id DESC) WHERE (further_at IS NOT NULL);

CREATE UNIQUE INDEX complaints_one_for_each_order ON wire.complaints USING btree (order_id, shard) WHERE (ended_at IS NULL);

CREATE INDEX complaints_open_of_a_shop ON wire.complaints USING btree (shop_id) WHERE (due_at IS NOT NULL);

CREATE INDEX complaints_with_staff ON wire.complaints USING btree (due_at, id) WHERE (state = ANY (ARRAY['reviewing'::text, 'proposed'::text]));

CREATE INDEX merchant_orders_due ON wire.merchant_orders USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX merchant_orders_of_a_shop ON wire.merchant_orders USING btree (shop_id, created_at DESC, id DESC);

CREATE INDEX merchant_orders_open_of_a_shop ON wire.merchant_orders USING btree (shop_id) WHERE (due_at IS NOT NULL);

CREATE INDEX merchant_orders_paid_on ON wire.merchant_orders USING btree (mchid, paid_at) WHERE (paid_at IS NOT NULL);

CREATE INDEX merchant_orders_settled_of_a_shop ON wire.merchant_orders USING btree (shop_id, settled_at) WHERE (settled_at IS NOT NULL);

CREATE INDEX merchant_refunds_made_on ON wire.merchant_refunds USING btree (mchid, created_at);

CREATE INDEX merchant_refunds_of_an_order ON wire.merchant_refunds USING btree (order_id, id);

CREATE INDEX merchants_by_platform_key ON wire.merchants USING btree (platform_key_id, shard) WHERE (platform_key_id IS NOT NULL);

CREATE UNIQUE INDEX merchants_of_a_shop ON wire.merchants USING btree (shop_id, shard);

CREATE INDEX merchants_partners ON wire.merchants USING gin (partners);

CREATE INDEX nonces_at ON wire.nonces USING btree (at);

CREATE INDEX own_codes_left ON wire.own_codes USING btree (campaign_id) WHERE ((deleted_at IS NULL) AND (coupon_id IS NULL));

CREATE INDEX own_codes_of_a_stock ON wire.own_codes USING btree (campaign_id, code) WHERE (deleted_at IS NULL);

CREATE UNIQUE INDEX own_codes_one_for_each_coupon ON wire.own_codes USING btree (coupon_id, shard) WHERE (coupon_id IS NOT NULL);

CREATE INDEX payment_codes_of_a_person ON wire.payment_codes USING btree (person_id, expires_at);

CREATE INDEX payment_codes_over ON wire.payment_codes USING btree (expires_at);

CREATE UNIQUE INDEX platform_keys_one_authority ON wire.platform_keys USING btree (kind) WHERE (kind = 'authority'::text);

CREATE INDEX red_packets_of_a_shop ON wire.red_packets USING btree (shop_id, created_at DESC, id DESC);

CREATE INDEX settlement_changes_of_a_shop ON wire.settlement_changes USING btree (shop_id, asked_at DESC);

CREATE INDEX split_returns_made_on ON wire.split_returns USING btree (created_at);

CREATE INDEX splits_made_on ON wire.splits USING btree (created_at);

CREATE INDEX splits_of_an_order ON wire.splits USING btree (order_id, id);

CREATE INDEX subsidy_returns_by_refund ON wire.subsidy_returns USING btree (refund_id, shard) WHERE (refund_id IS NOT NULL);

CREATE INDEX transfer_bills_due ON wire.transfer_bills USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX transfer_bills_of_a_batch ON wire.transfer_bills USING btree (batch_id, id) WHERE (batch_id IS NOT NULL);

CREATE INDEX transfer_bills_of_a_shop ON wire.transfer_bills USING btree (shop_id, created_at DESC, id DESC);

CREATE INDEX rules_by_name ON word_rules.rules USING btree (name, id) WHERE (to_version IS NULL);

CREATE UNIQUE INDEX rules_one_in_force ON word_rules.rules USING btree (id) WHERE (to_version IS NULL);

CREATE STATISTICS shops.shops_that_are_open ON (CASE WHEN status = 'open'::text AND closing_at IS NULL AND NOT is_sales_suspended AND (NOT is_away OR holiday_takes_orders) THEN 'open'::text ELSE 'closed'::text END) FROM shops.shops;

GRANT USAGE ON SCHEMA aftersale TO weiji_app;

GRANT USAGE ON SCHEMA approvals TO weiji_app;

GRANT USAGE ON SCHEMA card_keys TO weiji_app;

GRANT USAGE ON SCHEMA carriers TO weiji_app;

GRANT USAGE ON SCHEMA catalog TO weiji_app;

GRANT USAGE ON SCHEMA chargebacks TO weiji_app;

GRANT USAGE ON SCHEMA coupons TO weiji_app;

GRANT USAGE ON SCHEMA court_orders TO weiji_app;

GRANT USAGE ON SCHEMA credit TO weiji_app;

GRANT USAGE ON SCHEMA developers TO weiji_app;

GRANT USAGE ON SCHEMA disputes TO weiji_app;

GRANT USAGE ON SCHEMA dormancy TO weiji_app;

GRANT USAGE ON SCHEMA events TO weiji_app;

GRANT USAGE ON SCHEMA freight TO weiji_app;

GRANT USAGE ON SCHEMA identity TO weiji_app;

GRANT USAGE ON SCHEMA inventory TO weiji_app;

GRANT USAGE ON SCHEMA kit TO weiji_app;

GRANT USAGE ON SCHEMA ledger TO weiji_app;

GRANT USAGE ON SCHEMA media TO weiji_app;

GRANT USAGE ON SCHEMA onboarding TO weiji_app;

GRANT USAGE ON SCHEMA orders TO weiji_app;

GRANT USAGE ON SCHEMA packets TO weiji_app;

GRANT USAGE ON SCHEMA payments TO weiji_app;

GRANT USAGE ON SCHEMA periods TO weiji_app;

GRANT USAGE ON SCHEMA porting TO weiji_app;

GRANT USAGE ON SCHEMA reconciliation TO weiji_app;

GRANT USAGE ON SCHEMA reviews TO weiji_app;

GRANT USAGE ON SCHEMA rulebook TO weiji_app;

GRANT USAGE ON SCHEMA sandbox TO weiji_app;

GRANT USAGE ON SCHEMA search TO weiji_app;

GRANT USAGE ON SCHEMA settlement TO weiji_app;

GRANT USAGE ON SCHEMA shops TO weiji_app;

GRANT USAGE ON SCHEMA storefronts TO weiji_app;

GRANT USAGE ON SCHEMA supervision TO weiji_app;

GRANT USAGE ON SCHEMA twin TO weiji_app;

GRANT USAGE ON SCHEMA webhooks TO weiji_app;

GRANT USAGE ON SCHEMA wire TO weiji_app;

GRANT USAGE ON SCHEMA word_rules TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE aftersale.cases TO weiji_app;

GRANT SELECT ON TABLE aftersale.public_cases TO weiji_app;

GRANT SELECT ON TABLE aftersale.public_suspended TO weiji_app;

GRANT SELECT ON TABLE aftersale.public_to_give_back TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE aftersale.return_addresses TO weiji_app;

GRANT SELECT,INSERT ON TABLE approvals.proposals TO weiji_app;

GRANT UPDATE(state) ON TABLE approvals.proposals TO weiji_app;

GRANT UPDATE(checker_id) ON TABLE approvals.proposals TO weiji_app;

GRANT UPDATE(decided_at) ON TABLE approvals.proposals TO weiji_app;

GRANT UPDATE(note) ON TABLE approvals.proposals TO weiji_app;

GRANT SELECT ON TABLE approvals.public_compensations TO weiji_app;

GRANT SELECT ON TABLE approvals.public_desk TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE card_keys.keys TO weiji_app;

GRANT UPDATE(order_id) ON TABLE card_keys.keys TO weiji_app;

GRANT UPDATE(line) ON TABLE card_keys.keys TO weiji_app;

GRANT UPDATE(handed_out_at) ON TABLE card_keys.keys TO weiji_app;

GRANT SELECT,INSERT ON TABLE carriers.events TO weiji_app;

GRANT SELECT,INSERT ON TABLE carriers.parcels TO weiji_app;

GRANT UPDATE(state) ON TABLE carriers.parcels TO weiji_app;

GRANT UPDATE(delivered_at) ON TABLE carriers.parcels TO weiji_app;

GRANT UPDATE(told_at) ON TABLE carriers.parcels TO weiji_app;

GRANT UPDATE(poll_at) ON TABLE carriers.parcels TO weiji_app;

GRANT UPDATE(subscribed_at) ON TABLE carriers.parcels TO weiji_app;

GRANT UPDATE(failures) ON TABLE carriers.parcels TO weiji_app;

GRANT SELECT ON TABLE carriers.public_events TO weiji_app;

GRANT SELECT ON TABLE carriers.public_parcels TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.categories TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE catalog.former_texts TO weiji_app;

GRANT UPDATE(is_sifted) ON TABLE catalog.former_texts TO weiji_app;

GRANT SELECT,INSERT ON TABLE catalog.price_changes TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.products TO weiji_app;

GRANT SELECT ON TABLE catalog.public_categories TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.reviews TO weiji_app;

GRANT SELECT ON TABLE catalog.public_desk TO weiji_app;

GRANT SELECT ON TABLE catalog.public_placements TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.skus TO weiji_app;

GRANT SELECT ON TABLE catalog.public_price_changes TO weiji_app;

GRANT SELECT ON TABLE catalog.public_products TO weiji_app;

GRANT SELECT ON TABLE catalog.public_skus TO weiji_app;

GRANT SELECT ON TABLE catalog.public_sold_texts TO weiji_app;

GRANT SELECT ON TABLE catalog.public_texts_to_sift TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE catalog.rounds TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE catalog.stock_notices TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE catalog.stock_notices TO weiji_app;

GRANT SELECT ON TABLE catalog.text_keeping TO weiji_app;

GRANT SELECT,INSERT ON TABLE chargebacks.cases TO weiji_app;

GRANT UPDATE(state) ON TABLE chargebacks.cases TO weiji_app;

GRANT UPDATE(stage) ON TABLE chargebacks.cases TO weiji_app;

GRANT UPDATE(held) ON TABLE chargebacks.cases TO weiji_app;

GRANT UPDATE(of_available) ON TABLE chargebacks.cases TO weiji_app;

GRANT UPDATE(of_deposit) ON TABLE chargebacks.cases TO weiji_app;

GRANT UPDATE(borne) ON TABLE chargebacks.cases TO weiji_app;

GRANT UPDATE(held_at) ON TABLE chargebacks.cases TO weiji_app;

GRANT UPDATE(represented_at) ON TABLE chargebacks.cases TO weiji_app;

GRANT UPDATE(represented_by) ON TABLE chargebacks.cases TO weiji_app;

GRANT UPDATE(argument) ON TABLE chargebacks.cases TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE chargebacks.cases TO weiji_app;

GRANT UPDATE(closed_at) ON TABLE chargebacks.cases TO weiji_app;

GRANT UPDATE(hold) ON TABLE chargebacks.cases TO weiji_app;

GRANT SELECT,INSERT ON TABLE chargebacks.evidence TO weiji_app;

GRANT SELECT ON TABLE chargebacks.public_desk TO weiji_app;

GRANT SELECT ON TABLE chargebacks.public_open_purses TO weiji_app;

GRANT SELECT,INSERT ON TABLE coupons.campaigns TO weiji_app;

GRANT UPDATE(state) ON TABLE coupons.campaigns TO weiji_app;

GRANT UPDATE(claimed) ON TABLE coupons.campaigns TO weiji_app;

GRANT UPDATE(started_at) ON TABLE coupons.campaigns TO weiji_app;

GRANT UPDATE(stopped_at) ON TABLE coupons.campaigns TO weiji_app;

GRANT SELECT,INSERT ON TABLE coupons.codes TO weiji_app;

GRANT SELECT,INSERT ON TABLE coupons.coupons TO weiji_app;

GRANT UPDATE(state) ON TABLE coupons.coupons TO weiji_app;

GRANT UPDATE(expires_at) ON TABLE coupons.coupons TO weiji_app;

GRANT UPDATE(order_id) ON TABLE coupons.coupons TO weiji_app;

GRANT UPDATE(amount) ON TABLE coupons.coupons TO weiji_app;

GRANT UPDATE(sales) ON TABLE coupons.coupons TO weiji_app;

GRANT UPDATE(used_at) ON TABLE coupons.coupons TO weiji_app;

GRANT UPDATE(at_till) ON TABLE coupons.coupons TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE coupons.coupons TO weiji_app;

GRANT SELECT ON TABLE coupons.public_coupons TO weiji_app;

GRANT SELECT,INSERT ON TABLE coupons.uses TO weiji_app;

GRANT UPDATE(returned_at) ON TABLE coupons.uses TO weiji_app;

GRANT UPDATE(return_id) ON TABLE coupons.uses TO weiji_app;

GRANT SELECT,INSERT ON TABLE court_orders.court_orders TO weiji_app;

GRANT UPDATE(taken) ON TABLE court_orders.court_orders TO weiji_app;

GRANT UPDATE(executed) ON TABLE court_orders.court_orders TO weiji_app;

GRANT UPDATE(released) ON TABLE court_orders.court_orders TO weiji_app;

GRANT UPDATE(takes) ON TABLE court_orders.court_orders TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE court_orders.court_orders TO weiji_app;

GRANT UPDATE(release_number) ON TABLE court_orders.court_orders TO weiji_app;

GRANT UPDATE(freezes) ON TABLE court_orders.court_orders TO weiji_app;

GRANT UPDATE(is_freezing) ON TABLE court_orders.court_orders TO weiji_app;

GRANT SELECT ON TABLE court_orders.executions TO weiji_app;

GRANT INSERT(shard) ON TABLE court_orders.executions TO weiji_app;

GRANT INSERT(id) ON TABLE court_orders.executions TO weiji_app;

GRANT INSERT(court_order_id) ON TABLE court_orders.executions TO weiji_app;

GRANT INSERT(amount) ON TABLE court_orders.executions TO weiji_app;

GRANT INSERT(number) ON TABLE court_orders.executions TO weiji_app;

GRANT INSERT(way) ON TABLE court_orders.executions TO weiji_app;

GRANT INSERT(executed_at) ON TABLE court_orders.executions TO weiji_app;

GRANT SELECT,INSERT ON TABLE credit.bonds TO weiji_app;

GRANT SELECT,INSERT ON TABLE credit.brought TO weiji_app;

GRANT UPDATE(score) ON TABLE credit.brought TO weiji_app;

GRANT UPDATE(grade) ON TABLE credit.brought TO weiji_app;

GRANT UPDATE(state) ON TABLE credit.brought TO weiji_app;

GRANT UPDATE(confirmed_at) ON TABLE credit.brought TO weiji_app;

GRANT UPDATE(asked_at) ON TABLE credit.brought TO weiji_app;

GRANT SELECT,INSERT ON TABLE credit.certificates TO weiji_app;

GRANT UPDATE(withdrawn_at) ON TABLE credit.certificates TO weiji_app;

GRANT UPDATE(withdrawn_by) ON TABLE credit.certificates TO weiji_app;

GRANT UPDATE(reason) ON TABLE credit.certificates TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE credit.issuers TO weiji_app;

GRANT SELECT,INSERT ON TABLE credit.pairs TO weiji_app;

GRANT UPDATE(noted_at) ON TABLE credit.pairs TO weiji_app;

GRANT SELECT ON TABLE credit.public_brought TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE credit.standings TO weiji_app;

GRANT SELECT ON TABLE credit.public_standings TO weiji_app;

GRANT SELECT,INSERT ON TABLE credit.trades TO weiji_app;

GRANT UPDATE(verdict) ON TABLE credit.trades TO weiji_app;

GRANT UPDATE(refunded) ON TABLE credit.trades TO weiji_app;

GRANT SELECT ON TABLE credit.public_trades TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE credit.rings TO weiji_app;

GRANT SELECT,INSERT ON TABLE credit.tallies TO weiji_app;

GRANT UPDATE(trades) ON TABLE credit.tallies TO weiji_app;

GRANT SELECT,INSERT ON TABLE developers.keys TO weiji_app;

GRANT UPDATE(used_at) ON TABLE developers.keys TO weiji_app;

GRANT UPDATE(revoked_at) ON TABLE developers.keys TO weiji_app;

GRANT SELECT,INSERT ON TABLE disputes.disputes TO weiji_app;

GRANT UPDATE(state) ON TABLE disputes.disputes TO weiji_app;

GRANT UPDATE(due_at) ON TABLE disputes.disputes TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE disputes.disputes TO weiji_app;

GRANT UPDATE(appealed_by) ON TABLE disputes.disputes TO weiji_app;

GRANT UPDATE(appeal) ON TABLE disputes.disputes TO weiji_app;

GRANT UPDATE(awarded) ON TABLE disputes.disputes TO weiji_app;

GRANT UPDATE(stop_at) ON TABLE disputes.disputes TO weiji_app;

GRANT UPDATE(appealed_at) ON TABLE disputes.disputes TO weiji_app;

GRANT UPDATE(ruled) ON TABLE disputes.disputes TO weiji_app;

GRANT SELECT,INSERT ON TABLE disputes.evidence TO weiji_app;

GRANT SELECT,INSERT ON TABLE disputes.marks TO weiji_app;

GRANT SELECT ON TABLE disputes.public_cases TO weiji_app;

GRANT SELECT ON TABLE disputes.public_desk TO weiji_app;

GRANT SELECT ON TABLE disputes.public_open TO weiji_app;

GRANT SELECT,INSERT ON TABLE disputes.rulings TO weiji_app;

GRANT UPDATE(seconded_by) ON TABLE disputes.rulings TO weiji_app;

GRANT UPDATE(seconded_at) ON TABLE disputes.rulings TO weiji_app;

GRANT UPDATE(rejected_by) ON TABLE disputes.rulings TO weiji_app;

GRANT UPDATE(rejected_at) ON TABLE disputes.rulings TO weiji_app;

GRANT UPDATE(objection) ON TABLE disputes.rulings TO weiji_app;

GRANT SELECT,INSERT ON TABLE dormancy.wallets TO weiji_app;

GRANT UPDATE(state) ON TABLE dormancy.wallets TO weiji_app;

GRANT UPDATE(times) ON TABLE dormancy.wallets TO weiji_app;

GRANT UPDATE(told_at) ON TABLE dormancy.wallets TO weiji_app;

GRANT UPDATE(due_at) ON TABLE dormancy.wallets TO weiji_app;

GRANT UPDATE(moved_at) ON TABLE dormancy.wallets TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE dormancy.wallets TO weiji_app;

GRANT SELECT,INSERT ON TABLE events.events TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE events.heads TO weiji_app;

GRANT SELECT ON TABLE events.public_heads TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE events.queue TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE events.subscriptions TO weiji_app;

GRANT UPDATE(seen_at) ON TABLE events.subscriptions TO weiji_app;

GRANT SELECT,INSERT ON TABLE freight.places TO weiji_app;

GRANT UPDATE(name) ON TABLE freight.places TO weiji_app;

GRANT UPDATE(address) ON TABLE freight.places TO weiji_app;

GRANT UPDATE(hours) ON TABLE freight.places TO weiji_app;

GRANT UPDATE(phone) ON TABLE freight.places TO weiji_app;

GRANT UPDATE(is_open) ON TABLE freight.places TO weiji_app;

GRANT UPDATE(changed_at) ON TABLE freight.places TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE freight.products TO weiji_app;

GRANT SELECT ON TABLE freight.public_places TO weiji_app;

GRANT SELECT ON TABLE freight.public_products TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE freight.templates TO weiji_app;

GRANT SELECT ON TABLE freight.public_templates TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE freight.shops TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE identity.addresses TO weiji_app;

GRANT UPDATE(region) ON TABLE identity.addresses TO weiji_app;

GRANT UPDATE(contact) ON TABLE identity.addresses TO weiji_app;

GRANT UPDATE(is_default) ON TABLE identity.addresses TO weiji_app;

GRANT UPDATE(region_code) ON TABLE identity.addresses TO weiji_app;

GRANT UPDATE(tag) ON TABLE identity.addresses TO weiji_app;

GRANT SELECT,INSERT ON TABLE identity.allowance_spendings TO weiji_app;

GRANT SELECT,INSERT ON TABLE identity.allowances TO weiji_app;

GRANT UPDATE(spent) ON TABLE identity.allowances TO weiji_app;

GRANT UPDATE(revoked_at) ON TABLE identity.allowances TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.attempts TO weiji_app;

GRANT SELECT,INSERT ON TABLE identity.people TO weiji_app;

GRANT UPDATE(phone) ON TABLE identity.people TO weiji_app;

GRANT UPDATE(display_name) ON TABLE identity.people TO weiji_app;

GRANT UPDATE(locale) ON TABLE identity.people TO weiji_app;

GRANT UPDATE(password_hash) ON TABLE identity.people TO weiji_app;

GRANT UPDATE(password_changed_at) ON TABLE identity.people TO weiji_app;

GRANT UPDATE(named_at) ON TABLE identity.people TO weiji_app;

GRANT UPDATE(taken_name) ON TABLE identity.people TO weiji_app;

GRANT UPDATE(taken_reason) ON TABLE identity.people TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE identity.roles TO weiji_app;

GRANT SELECT ON TABLE identity.callers TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE identity.names TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE identity.payment_passwords TO weiji_app;

GRANT SELECT ON TABLE identity.public_addresses TO weiji_app;

GRANT SELECT ON TABLE identity.public_people TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE identity.recovery_codes TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE identity.second_factors TO weiji_app;

GRANT UPDATE(last_step) ON TABLE identity.second_factors TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE identity.sessions TO weiji_app;

GRANT SELECT,INSERT ON TABLE identity.staff_changes TO weiji_app;

GRANT SELECT,UPDATE ON TABLE identity.staff_turn TO weiji_app;

GRANT SELECT,INSERT ON TABLE inventory.changes TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE inventory.holds TO weiji_app;

GRANT SELECT ON TABLE inventory.public_changes TO weiji_app;

GRANT SELECT ON TABLE inventory.public_holds TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE inventory.stock TO weiji_app;

GRANT SELECT ON TABLE inventory.public_stock TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE inventory.warehouses TO weiji_app;

GRANT SELECT ON TABLE inventory.public_warehouses TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE kit.idempotency_keys TO weiji_app;

GRANT SELECT ON TABLE kit.installation TO weiji_app;

GRANT UPDATE(clock_offset) ON TABLE kit.installation TO weiji_app;

GRANT UPDATE(key_mark) ON TABLE kit.installation TO weiji_app;

GRANT UPDATE(root_sealed) ON TABLE kit.installation TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE kit.jobs TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE kit.set_aside TO weiji_app;

GRANT SELECT,INSERT ON TABLE ledger.accounts TO weiji_app;

GRANT UPDATE(flags) ON TABLE ledger.accounts TO weiji_app;

GRANT UPDATE(debits_pending) ON TABLE ledger.accounts TO weiji_app;

GRANT UPDATE(debits_posted) ON TABLE ledger.accounts TO weiji_app;

GRANT UPDATE(credits_pending) ON TABLE ledger.accounts TO weiji_app;

GRANT UPDATE(credits_posted) ON TABLE ledger.accounts TO weiji_app;

GRANT SELECT,INSERT ON TABLE ledger.balance_snapshots TO weiji_app;

GRANT SELECT,INSERT ON TABLE ledger.batches TO weiji_app;

GRANT SELECT,INSERT ON TABLE ledger.failed_transfers TO weiji_app;

GRANT SELECT ON TABLE ledger.heads TO weiji_app;

GRANT UPDATE(batch) ON TABLE ledger.heads TO weiji_app;

GRANT UPDATE("timestamp") ON TABLE ledger.heads TO weiji_app;

GRANT UPDATE(hash) ON TABLE ledger.heads TO weiji_app;

GRANT UPDATE(signed_batch) ON TABLE ledger.heads TO weiji_app;

GRANT UPDATE(closed_until) ON TABLE ledger.heads TO weiji_app;

GRANT UPDATE(closed_batch) ON TABLE ledger.heads TO weiji_app;

GRANT SELECT ON TABLE ledger.ledgers TO weiji_app;

GRANT SELECT,INSERT ON TABLE ledger.pending_transfers TO weiji_app;

GRANT UPDATE(state) ON TABLE ledger.pending_transfers TO weiji_app;

GRANT UPDATE(resolved_by) ON TABLE ledger.pending_transfers TO weiji_app;

GRANT SELECT ON TABLE ledger.public_accounts TO weiji_app;

GRANT SELECT,INSERT ON TABLE ledger.transfers TO weiji_app;

GRANT SELECT ON TABLE ledger.public_moves TO weiji_app;

GRANT SELECT,INSERT ON TABLE ledger.signatures TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE media.owners TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE media.pictures TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE media.videos TO weiji_app;

GRANT SELECT ON TABLE media.public_videos TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE media.uses TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE onboarding.applications TO weiji_app;

GRANT SELECT,INSERT ON TABLE onboarding.checklists TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE onboarding.documents TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE onboarding.fields TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE onboarding.numbers TO weiji_app;

GRANT SELECT ON TABLE onboarding.public_applications TO weiji_app;

GRANT SELECT ON TABLE onboarding.public_deposits TO weiji_app;

GRANT SELECT ON TABLE onboarding.public_desk TO weiji_app;

GRANT SELECT ON TABLE onboarding.public_names TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orders.alarms TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE orders.cart_lines TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE orders.consents TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE orders.fee_previews TO weiji_app;

GRANT UPDATE(previewed_at) ON TABLE orders.fee_previews TO weiji_app;

GRANT SELECT,INSERT ON TABLE orders.fee_rules TO weiji_app;

GRANT SELECT,INSERT ON TABLE orders.horizons TO weiji_app;

GRANT UPDATE(open_from) ON TABLE orders.horizons TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE orders.invoice_books TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE orders.invoice_offers TO weiji_app;

GRANT SELECT,INSERT ON TABLE orders.invoice_papers TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE orders.invoices TO weiji_app;

GRANT SELECT,INSERT ON TABLE orders.lines TO weiji_app;

GRANT UPDATE(shipped) ON TABLE orders.lines TO weiji_app;

GRANT UPDATE(reasons) ON TABLE orders.lines TO weiji_app;

GRANT UPDATE(shares) ON TABLE orders.lines TO weiji_app;

GRANT UPDATE(cancelled) ON TABLE orders.lines TO weiji_app;

GRANT UPDATE(withheld) ON TABLE orders.lines TO weiji_app;

GRANT UPDATE(returned) ON TABLE orders.lines TO weiji_app;

GRANT UPDATE(refunded) ON TABLE orders.lines TO weiji_app;

GRANT UPDATE(replaced_at) ON TABLE orders.lines TO weiji_app;

GRANT UPDATE(given_back_at) ON TABLE orders.lines TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE orders.orders TO weiji_app;

GRANT SELECT,INSERT ON TABLE orders.parcels TO weiji_app;

GRANT UPDATE(delivered_at) ON TABLE orders.parcels TO weiji_app;

GRANT SELECT,INSERT ON TABLE orders.pickup_codes TO weiji_app;

GRANT SELECT,INSERT ON TABLE orders.pickup_tries TO weiji_app;

GRANT UPDATE(wrong) ON TABLE orders.pickup_tries TO weiji_app;

GRANT UPDATE(since) ON TABLE orders.pickup_tries TO weiji_app;

GRANT SELECT,INSERT ON TABLE orders.rules TO weiji_app;

GRANT SELECT ON TABLE orders.public_asking TO weiji_app;

GRANT SELECT ON TABLE orders.public_holds TO weiji_app;

GRANT SELECT ON TABLE orders.public_lines TO weiji_app;

GRANT SELECT ON TABLE orders.public_orders TO weiji_app;

GRANT SELECT ON TABLE orders.public_parcels TO weiji_app;

GRANT SELECT,INSERT ON TABLE orders.rejections TO weiji_app;

GRANT SELECT ON TABLE orders.public_rejections TO weiji_app;

GRANT SELECT ON TABLE orders.public_terms TO weiji_app;

GRANT SELECT,INSERT ON TABLE orders.sales TO weiji_app;

GRANT UPDATE(sold_on) ON TABLE orders.sales TO weiji_app;

GRANT UPDATE(day_sales) ON TABLE orders.sales TO weiji_app;

GRANT UPDATE(total_sales) ON TABLE orders.sales TO weiji_app;

GRANT SELECT,INSERT ON TABLE orders.ship_reminders TO weiji_app;

GRANT SELECT,INSERT ON TABLE packets.claims TO weiji_app;

GRANT SELECT,INSERT ON TABLE packets.days TO weiji_app;

GRANT UPDATE(amount) ON TABLE packets.days TO weiji_app;

GRANT UPDATE(packets) ON TABLE packets.days TO weiji_app;

GRANT SELECT,INSERT ON TABLE packets.packets TO weiji_app;

GRANT UPDATE(state) ON TABLE packets.packets TO weiji_app;

GRANT UPDATE(taken) ON TABLE packets.packets TO weiji_app;

GRANT UPDATE(claimed) ON TABLE packets.packets TO weiji_app;

GRANT UPDATE(returned) ON TABLE packets.packets TO weiji_app;

GRANT UPDATE(returns) ON TABLE packets.packets TO weiji_app;

GRANT UPDATE(due_at) ON TABLE packets.packets TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE packets.packets TO weiji_app;

GRANT SELECT ON TABLE packets.public_packets TO weiji_app;

GRANT SELECT,INSERT ON TABLE packets.received TO weiji_app;

GRANT UPDATE(amount) ON TABLE packets.received TO weiji_app;

GRANT UPDATE(place) ON TABLE packets.received TO weiji_app;

GRANT UPDATE(at) ON TABLE packets.received TO weiji_app;

GRANT SELECT,INSERT ON TABLE packets.splits TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.bank_batches TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.bank_payers TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.bank_statements TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.bank_transfers TO weiji_app;

GRANT UPDATE(batch_id) ON TABLE payments.bank_transfers TO weiji_app;

GRANT UPDATE(line) ON TABLE payments.bank_transfers TO weiji_app;

GRANT UPDATE(status) ON TABLE payments.bank_transfers TO weiji_app;

GRANT UPDATE(told_at) ON TABLE payments.bank_transfers TO weiji_app;

GRANT UPDATE(reason) ON TABLE payments.bank_transfers TO weiji_app;

GRANT UPDATE(returned_by) ON TABLE payments.bank_transfers TO weiji_app;

GRANT UPDATE(paid_by) ON TABLE payments.bank_transfers TO weiji_app;

GRANT UPDATE(paid_again) ON TABLE payments.bank_transfers TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.captures TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE payments.captures TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE payments.channels TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.chargebacks TO weiji_app;

GRANT UPDATE(is_won) ON TABLE payments.chargebacks TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE payments.chargebacks TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE payments.enrolment_papers TO weiji_app;

GRANT UPDATE(sealed) ON TABLE payments.enrolment_papers TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE payments.enrolments TO weiji_app;

GRANT UPDATE(status) ON TABLE payments.enrolments TO weiji_app;

GRANT UPDATE(attempts) ON TABLE payments.enrolments TO weiji_app;

GRANT UPDATE(reference) ON TABLE payments.enrolments TO weiji_app;

GRANT UPDATE(answers_sealed) ON TABLE payments.enrolments TO weiji_app;

GRANT UPDATE(told_sealed) ON TABLE payments.enrolments TO weiji_app;

GRANT UPDATE(fault) ON TABLE payments.enrolments TO weiji_app;

GRANT UPDATE(queries) ON TABLE payments.enrolments TO weiji_app;

GRANT UPDATE(query_at) ON TABLE payments.enrolments TO weiji_app;

GRANT UPDATE(changed_at) ON TABLE payments.enrolments TO weiji_app;

GRANT UPDATE(was) ON TABLE payments.enrolments TO weiji_app;

GRANT UPDATE(given_sealed) ON TABLE payments.enrolments TO weiji_app;

GRANT UPDATE(given_last4) ON TABLE payments.enrolments TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE payments.former_sub_merchants TO weiji_app;

GRANT UPDATE(number_sealed) ON TABLE payments.former_sub_merchants TO weiji_app;

GRANT UPDATE(last4) ON TABLE payments.former_sub_merchants TO weiji_app;

GRANT UPDATE(bound_at) ON TABLE payments.former_sub_merchants TO weiji_app;

GRANT UPDATE(unbound_at) ON TABLE payments.former_sub_merchants TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.frozen_payments TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE payments.held_statements TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.notices TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.part_refunds TO weiji_app;

GRANT UPDATE(refunded) ON TABLE payments.part_refunds TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.payments TO weiji_app;

GRANT UPDATE(status) ON TABLE payments.payments TO weiji_app;

GRANT UPDATE(channel_reference) ON TABLE payments.payments TO weiji_app;

GRANT UPDATE(pay_url) ON TABLE payments.payments TO weiji_app;

GRANT UPDATE(failure) ON TABLE payments.payments TO weiji_app;

GRANT UPDATE(captured) ON TABLE payments.payments TO weiji_app;

GRANT UPDATE(refunded) ON TABLE payments.payments TO weiji_app;

GRANT UPDATE(captured_at) ON TABLE payments.payments TO weiji_app;

GRANT UPDATE(queries) ON TABLE payments.payments TO weiji_app;

GRANT UPDATE(query_at) ON TABLE payments.payments TO weiji_app;

GRANT UPDATE(pay_way) ON TABLE payments.payments TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.payout_accounts TO weiji_app;

GRANT UPDATE(removed_at) ON TABLE payments.payout_accounts TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.payouts TO weiji_app;

GRANT UPDATE(bank_fee) ON TABLE payments.payouts TO weiji_app;

GRANT UPDATE(status) ON TABLE payments.payouts TO weiji_app;

GRANT UPDATE(channel_reference) ON TABLE payments.payouts TO weiji_app;

GRANT UPDATE(accepted_at) ON TABLE payments.payouts TO weiji_app;

GRANT UPDATE(paid_at) ON TABLE payments.payouts TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE payments.payouts TO weiji_app;

GRANT UPDATE(queries) ON TABLE payments.payouts TO weiji_app;

GRANT UPDATE(query_at) ON TABLE payments.payouts TO weiji_app;

GRANT UPDATE(released_at) ON TABLE payments.payouts TO weiji_app;

GRANT UPDATE(refusal) ON TABLE payments.payouts TO weiji_app;

GRANT UPDATE(asked_at) ON TABLE payments.payouts TO weiji_app;

GRANT UPDATE(told_at) ON TABLE payments.payouts TO weiji_app;

GRANT SELECT ON TABLE payments.public_bank_lines TO weiji_app;

GRANT SELECT ON TABLE payments.public_bank_moves TO weiji_app;

GRANT SELECT ON TABLE payments.public_bank_statements TO weiji_app;

GRANT SELECT ON TABLE payments.public_desk TO weiji_app;

GRANT SELECT ON TABLE payments.public_enrolment_desk TO weiji_app;

GRANT SELECT ON TABLE payments.public_enrolments TO weiji_app;

GRANT SELECT ON TABLE payments.public_former_sub_merchants TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.refunds TO weiji_app;

GRANT UPDATE(status) ON TABLE payments.refunds TO weiji_app;

GRANT UPDATE(channel_reference) ON TABLE payments.refunds TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE payments.refunds TO weiji_app;

GRANT UPDATE(queries) ON TABLE payments.refunds TO weiji_app;

GRANT UPDATE(query_at) ON TABLE payments.refunds TO weiji_app;

GRANT UPDATE(retries) ON TABLE payments.refunds TO weiji_app;

GRANT UPDATE(route_bank) ON TABLE payments.refunds TO weiji_app;

GRANT UPDATE(route_holder) ON TABLE payments.refunds TO weiji_app;

GRANT UPDATE(route_number_sealed) ON TABLE payments.refunds TO weiji_app;

GRANT UPDATE(covered) ON TABLE payments.refunds TO weiji_app;

GRANT SELECT ON TABLE payments.public_movements TO weiji_app;

GRANT SELECT ON TABLE payments.public_payout_desks TO weiji_app;

GRANT SELECT ON TABLE payments.public_payouts TO weiji_app;

GRANT SELECT ON TABLE payments.public_settlements TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE payments.sub_merchants TO weiji_app;

GRANT UPDATE(number_sealed) ON TABLE payments.sub_merchants TO weiji_app;

GRANT UPDATE(last4) ON TABLE payments.sub_merchants TO weiji_app;

GRANT UPDATE(bound_at) ON TABLE payments.sub_merchants TO weiji_app;

GRANT SELECT ON TABLE payments.public_sub_merchants TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.unfreezings TO weiji_app;

GRANT UPDATE(status) ON TABLE payments.unfreezings TO weiji_app;

GRANT UPDATE(reference) ON TABLE payments.unfreezings TO weiji_app;

GRANT UPDATE(attempts) ON TABLE payments.unfreezings TO weiji_app;

GRANT UPDATE(queries) ON TABLE payments.unfreezings TO weiji_app;

GRANT UPDATE(query_at) ON TABLE payments.unfreezings TO weiji_app;

GRANT UPDATE(reason) ON TABLE payments.unfreezings TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE payments.unfreezings TO weiji_app;

GRANT UPDATE(gone_back) ON TABLE payments.unfreezings TO weiji_app;

GRANT UPDATE(taken_off) ON TABLE payments.unfreezings TO weiji_app;

GRANT UPDATE(fees_back) ON TABLE payments.unfreezings TO weiji_app;

GRANT UPDATE(rest) ON TABLE payments.unfreezings TO weiji_app;

GRANT UPDATE(part) ON TABLE payments.unfreezings TO weiji_app;

GRANT UPDATE(decisions) ON TABLE payments.unfreezings TO weiji_app;

GRANT SELECT ON TABLE payments.public_unfreezings TO weiji_app;

GRANT SELECT ON TABLE payments.public_unmatched_captures TO weiji_app;

GRANT SELECT ON TABLE payments.public_unmatched_transfers TO weiji_app;

GRANT SELECT,INSERT ON TABLE payments.said_alone TO weiji_app;

GRANT SELECT,INSERT ON TABLE periods.corrections TO weiji_app;

GRANT SELECT,INSERT ON TABLE periods.periods TO weiji_app;

GRANT UPDATE(public_key) ON TABLE periods.periods TO weiji_app;

GRANT UPDATE(signature) ON TABLE periods.periods TO weiji_app;

GRANT UPDATE(signed_at) ON TABLE periods.periods TO weiji_app;

GRANT SELECT,INSERT ON TABLE periods.trials TO weiji_app;

GRANT UPDATE(trial) ON TABLE periods.trials TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE porting.exports TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE porting.history TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE porting.labels TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE porting.lines TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE porting.names TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE porting.papers TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE porting.parts TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE porting.pictures TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE porting.runs TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE porting.shops TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE reconciliation.arrivals TO weiji_app;

GRANT SELECT,INSERT ON TABLE reconciliation.breaks TO weiji_app;

GRANT UPDATE(delta) ON TABLE reconciliation.breaks TO weiji_app;

GRANT UPDATE(is_due) ON TABLE reconciliation.breaks TO weiji_app;

GRANT UPDATE(is_to_tell) ON TABLE reconciliation.breaks TO weiji_app;

GRANT UPDATE(told) ON TABLE reconciliation.breaks TO weiji_app;

GRANT UPDATE(posted_at) ON TABLE reconciliation.breaks TO weiji_app;

GRANT UPDATE(state) ON TABLE reconciliation.breaks TO weiji_app;

GRANT UPDATE(resolution) ON TABLE reconciliation.breaks TO weiji_app;

GRANT UPDATE(note) ON TABLE reconciliation.breaks TO weiji_app;

GRANT UPDATE(proposed_by) ON TABLE reconciliation.breaks TO weiji_app;

GRANT UPDATE(resolved_by) ON TABLE reconciliation.breaks TO weiji_app;

GRANT UPDATE(resolved_at) ON TABLE reconciliation.breaks TO weiji_app;

GRANT UPDATE(closed_at) ON TABLE reconciliation.breaks TO weiji_app;

GRANT UPDATE(settlements) ON TABLE reconciliation.breaks TO weiji_app;

GRANT SELECT ON TABLE reconciliation.correctable_lines TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE reconciliation.returns TO weiji_app;

GRANT SELECT ON TABLE reconciliation.known_settlements TO weiji_app;

GRANT SELECT ON TABLE reconciliation.public_breaks TO weiji_app;

GRANT SELECT ON TABLE reconciliation.public_desk TO weiji_app;

GRANT SELECT,INSERT ON TABLE reconciliation.statements TO weiji_app;

GRANT SELECT ON TABLE reconciliation.public_statements TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE reconciliation.staged_lines TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE reviews.holds TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE reviews.product_counts TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE reviews.reports TO weiji_app;

GRANT SELECT ON TABLE reviews.public_desk TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE reviews.reviews TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE reviews.shop_months TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE reviews.trades TO weiji_app;

GRANT SELECT,INSERT ON TABLE rulebook.versions TO weiji_app;

GRANT SELECT ON TABLE rulebook.public_versions TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE sandbox.chargebacks TO weiji_app;

GRANT SELECT,INSERT ON TABLE sandbox.charges TO weiji_app;

GRANT UPDATE(status) ON TABLE sandbox.charges TO weiji_app;

GRANT UPDATE(notices) ON TABLE sandbox.charges TO weiji_app;

GRANT UPDATE(delay) ON TABLE sandbox.charges TO weiji_app;

GRANT UPDATE(refunds) ON TABLE sandbox.charges TO weiji_app;

GRANT UPDATE(is_silent) ON TABLE sandbox.charges TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE sandbox.notices TO weiji_app;

GRANT UPDATE(due_at) ON TABLE sandbox.notices TO weiji_app;

GRANT SELECT,INSERT ON TABLE sandbox.payouts TO weiji_app;

GRANT UPDATE(status) ON TABLE sandbox.payouts TO weiji_app;

GRANT UPDATE(paid_at) ON TABLE sandbox.payouts TO weiji_app;

GRANT UPDATE(returned_at) ON TABLE sandbox.payouts TO weiji_app;

GRANT SELECT,INSERT ON TABLE sandbox.refunds TO weiji_app;

GRANT UPDATE(status) ON TABLE sandbox.refunds TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE sandbox.refunds TO weiji_app;

GRANT UPDATE(settled_at) ON TABLE sandbox.refunds TO weiji_app;

GRANT SELECT,INSERT ON TABLE sandbox.settlements TO weiji_app;

GRANT SELECT,INSERT ON TABLE sandbox.transactions TO weiji_app;

GRANT UPDATE(settled_at) ON TABLE sandbox.transactions TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE search.hidden_words TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE search.products TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE search.scores TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE search.words TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE settlement.schedules TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE shops.invitations TO weiji_app;

GRANT SELECT,INSERT ON TABLE shops.limits TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE shops.members TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE shops.suspensions TO weiji_app;

GRANT SELECT ON TABLE shops.public_desk TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE shops.shops TO weiji_app;

GRANT SELECT ON TABLE shops.public_shops TO weiji_app;

GRANT SELECT,INSERT ON TABLE shops.shop_handles TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE storefronts.designs TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE storefronts.versions TO weiji_app;

GRANT SELECT,INSERT ON TABLE supervision.complaints TO weiji_app;

GRANT SELECT,INSERT ON TABLE supervision.conduct_rules TO weiji_app;

GRANT UPDATE(to_version) ON TABLE supervision.conduct_rules TO weiji_app;

GRANT SELECT,INSERT ON TABLE supervision.conduct_versions TO weiji_app;

GRANT SELECT,INSERT ON TABLE supervision.hits TO weiji_app;

GRANT UPDATE(inquiry_id) ON TABLE supervision.hits TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE supervision.inquiries TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE supervision.marked_names TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE supervision.penalties TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE supervision.records TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE supervision.tallies TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE supervision.trial_hits TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE supervision.trials TO weiji_app;

GRANT SELECT,INSERT,UPDATE ON TABLE supervision.watched TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE supervision.word_trials TO weiji_app;

GRANT UPDATE(next_shard) ON TABLE supervision.word_trials TO weiji_app;

GRANT UPDATE(looked) ON TABLE supervision.word_trials TO weiji_app;

GRANT UPDATE(failures) ON TABLE supervision.word_trials TO weiji_app;

GRANT UPDATE(failed_at) ON TABLE supervision.word_trials TO weiji_app;

GRANT UPDATE(done_at) ON TABLE supervision.word_trials TO weiji_app;

GRANT UPDATE(found) ON TABLE supervision.word_trials TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE twin.tickets TO weiji_app;

GRANT SELECT,INSERT ON TABLE webhooks.attempts TO weiji_app;

GRANT SELECT,INSERT ON TABLE webhooks.messages TO weiji_app;

GRANT UPDATE(status) ON TABLE webhooks.messages TO weiji_app;

GRANT UPDATE(attempts) ON TABLE webhooks.messages TO weiji_app;

GRANT UPDATE(step) ON TABLE webhooks.messages TO weiji_app;

GRANT UPDATE(next_at) ON TABLE webhooks.messages TO weiji_app;

GRANT UPDATE(delivered_at) ON TABLE webhooks.messages TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.applyments TO weiji_app;

GRANT UPDATE(mark) ON TABLE wire.applyments TO weiji_app;

GRANT UPDATE(signed_at) ON TABLE wire.applyments TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE wire.bill_pages TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE wire.bills TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.certificates TO weiji_app;

GRANT UPDATE(ends_at) ON TABLE wire.certificates TO weiji_app;

GRANT UPDATE(used_at) ON TABLE wire.certificates TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.code_stocks TO weiji_app;

GRANT UPDATE(codes) ON TABLE wire.code_stocks TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.combined_orders TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE wire.combined_orders TO weiji_app;

GRANT UPDATE(is_paid) ON TABLE wire.combined_orders TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.complaints TO weiji_app;

GRANT UPDATE(amount) ON TABLE wire.complaints TO weiji_app;

GRANT UPDATE(state) ON TABLE wire.complaints TO weiji_app;

GRANT UPDATE(said_last) ON TABLE wire.complaints TO weiji_app;

GRANT UPDATE(payer_said) ON TABLE wire.complaints TO weiji_app;

GRANT UPDATE(shop_said) ON TABLE wire.complaints TO weiji_app;

GRANT UPDATE(ruling) ON TABLE wire.complaints TO weiji_app;

GRANT UPDATE(refund_id) ON TABLE wire.complaints TO weiji_app;

GRANT UPDATE(due_at) ON TABLE wire.complaints TO weiji_app;

GRANT UPDATE(further_at) ON TABLE wire.complaints TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE wire.complaints TO weiji_app;

GRANT UPDATE(decided_at) ON TABLE wire.complaints TO weiji_app;

GRANT UPDATE(objections) ON TABLE wire.complaints TO weiji_app;

GRANT UPDATE(marks) ON TABLE wire.complaints TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE wire.listeners TO weiji_app;

GRANT UPDATE(url) ON TABLE wire.listeners TO weiji_app;

GRANT UPDATE(put_at) ON TABLE wire.listeners TO weiji_app;

GRANT UPDATE(key_id) ON TABLE wire.listeners TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(state) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(due_at) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(paid_at) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(closed_at) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(settled_at) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(payment_id) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(payer_id) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(channel) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(released) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(fee) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(shared) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(refunded) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(given_back) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(fee_returned) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(subsidy_id) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(subsidy) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(subsidy_released) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(subsidy_returned) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(subsidy_declined_at) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(coupon) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(discount) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(discount_refunded) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(prepaid) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(prepaid_refunded) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(advanced) ON TABLE wire.merchant_orders TO weiji_app;

GRANT UPDATE(others) ON TABLE wire.merchant_orders TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.merchant_refunds TO weiji_app;

GRANT UPDATE(arrived_at) ON TABLE wire.merchant_refunds TO weiji_app;

GRANT UPDATE(arrived_at_wallet) ON TABLE wire.merchant_refunds TO weiji_app;

GRANT UPDATE(abnormal_at) ON TABLE wire.merchant_refunds TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.merchants TO weiji_app;

GRANT UPDATE(api_key_sealed) ON TABLE wire.merchants TO weiji_app;

GRANT UPDATE(api_key_set_at) ON TABLE wire.merchants TO weiji_app;

GRANT UPDATE(platform_key_id) ON TABLE wire.merchants TO weiji_app;

GRANT UPDATE(partners) ON TABLE wire.merchants TO weiji_app;

GRANT UPDATE(v2_key_sealed) ON TABLE wire.merchants TO weiji_app;

GRANT UPDATE(v2_key_set_at) ON TABLE wire.merchants TO weiji_app;

GRANT UPDATE(v2_addresses) ON TABLE wire.merchants TO weiji_app;

GRANT UPDATE(uses_certificates) ON TABLE wire.merchants TO weiji_app;

GRANT UPDATE(certificate_clients) ON TABLE wire.merchants TO weiji_app;

GRANT UPDATE(platform_key_before) ON TABLE wire.merchants TO weiji_app;

GRANT UPDATE(platform_key_from) ON TABLE wire.merchants TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE wire.nonces TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.own_codes TO weiji_app;

GRANT UPDATE(campaign_id) ON TABLE wire.own_codes TO weiji_app;

GRANT UPDATE(uploaded_at) ON TABLE wire.own_codes TO weiji_app;

GRANT UPDATE(coupon_id) ON TABLE wire.own_codes TO weiji_app;

GRANT UPDATE(sent_at) ON TABLE wire.own_codes TO weiji_app;

GRANT UPDATE(deleted_at) ON TABLE wire.own_codes TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE wire.payment_codes TO weiji_app;

GRANT UPDATE(expires_at) ON TABLE wire.payment_codes TO weiji_app;

GRANT UPDATE(order_id) ON TABLE wire.payment_codes TO weiji_app;

GRANT UPDATE(used_at) ON TABLE wire.payment_codes TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.platform_keys TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE wire.platform_keys TO weiji_app;

GRANT SELECT ON TABLE wire.public_complaint_desk TO weiji_app;

GRANT SELECT ON TABLE wire.public_numbers TO weiji_app;

GRANT SELECT ON TABLE wire.public_open_complaints TO weiji_app;

GRANT SELECT ON TABLE wire.public_payables TO weiji_app;

GRANT UPDATE(payment_id) ON TABLE wire.public_payables TO weiji_app;

GRANT SELECT ON TABLE wire.public_settlements TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.transfer_bills TO weiji_app;

GRANT UPDATE(state) ON TABLE wire.transfer_bills TO weiji_app;

GRANT UPDATE(due_at) ON TABLE wire.transfer_bills TO weiji_app;

GRANT UPDATE(person_id) ON TABLE wire.transfer_bills TO weiji_app;

GRANT UPDATE(confirmed_at) ON TABLE wire.transfer_bills TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE wire.transfer_bills TO weiji_app;

GRANT SELECT ON TABLE wire.public_subjects TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.receivers TO weiji_app;

GRANT UPDATE(relation_type) ON TABLE wire.receivers TO weiji_app;

GRANT UPDATE(created_at) ON TABLE wire.receivers TO weiji_app;

GRANT UPDATE(removed_at) ON TABLE wire.receivers TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.red_packets TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.settlement_changes TO weiji_app;

GRANT UPDATE(confirmed_at) ON TABLE wire.settlement_changes TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.split_parts TO weiji_app;

GRANT UPDATE(returned) ON TABLE wire.split_parts TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.split_returns TO weiji_app;

GRANT UPDATE(state) ON TABLE wire.split_returns TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE wire.split_returns TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.splits TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.stock_apps TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.subsidies TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.subsidy_returns TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.transfer_batches TO weiji_app;

GRANT UPDATE(ended_at) ON TABLE wire.transfer_batches TO weiji_app;

GRANT SELECT,INSERT ON TABLE wire.withdrawals TO weiji_app;

GRANT SELECT,INSERT ON TABLE word_rules.allowances TO weiji_app;

GRANT SELECT,INSERT,DELETE ON TABLE word_rules.drafts TO weiji_app;

GRANT SELECT,INSERT ON TABLE word_rules.rules TO weiji_app;

GRANT UPDATE(to_version) ON TABLE word_rules.rules TO weiji_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE word_rules.trials TO weiji_app;

GRANT SELECT,INSERT ON TABLE word_rules.versions TO weiji_app;
