import Database

extension Migration {
    /// A user is found whatever the case of the email address that was typed.
    static let loginNames = Migration(
        name: "0003_login_names",
        sql: """
            ALTER TABLE users ADD COLUMN email_key text;
            CREATE POLICY migration ON users TO sparc_owner USING (true) WITH CHECK (true);
            UPDATE users SET email_key = lower(btrim(email));
            DROP POLICY migration ON users;
            ALTER TABLE users
                ALTER COLUMN email_key SET NOT NULL,
                DROP CONSTRAINT users_email,
                ADD CONSTRAINT users_email UNIQUE (tenant_id, email_key);
            """
    )
}
