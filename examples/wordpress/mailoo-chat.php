<?php
/**
 * Plugin Name: Mailoo Chat
 * Description: A chat bubble on every page, answered from the Mailoo dashboard.
 * Version: 0.1.0
 * Requires PHP: 7.4
 * License: MIT
 *
 * Put this file into wp-content/mu-plugins/ and the chat's address into wp-config.php:
 *   define( 'MAILOO_CHAT_URL', 'https://chat.example.com' );
 */

defined( 'ABSPATH' ) || exit;
defined( 'MAILOO_CHAT_URL' ) || define( 'MAILOO_CHAT_URL', 'https://chat.example.com' );

add_action(
	'wp_head',
	function () {
		?>
<script async src="<?php echo esc_url( MAILOO_CHAT_URL . '/widget.js' ); ?>" data-title="<?php echo esc_attr( get_bloginfo( 'name', 'display' ) ); ?>" data-accent="#0b5fff"></script>
		<?php
	}
);
