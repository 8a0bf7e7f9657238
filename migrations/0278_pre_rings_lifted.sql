-- A ring that nothing stands behind is lifted where somebody has a shop counted anew.

grant delete on credit.rings to weiji_app;
