-- post: Every case and every ruling that there is fits.
alter table aftersale.cases validate constraint cases_state_is_known;
alter table aftersale.cases validate constraint cases_open_have_a_clock;
alter table aftersale.cases validate constraint cases_suspended_while_open;
alter table aftersale.cases validate constraint cases_ended_when_over;
alter table aftersale.cases validate constraint cases_sent_back_have_a_parcel;
alter table aftersale.cases validate constraint cases_reshipped_have_a_parcel;
alter table disputes.rulings validate constraint rulings_give_goods_or_money;
